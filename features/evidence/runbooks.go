package evidence

import (
	"context"
	"errors"
	"fmt"

	"github.com/myevents/myevents/features/operations"
)

// runbook checks the queries of a runbook: somebody runs them when something is wrong, so they need not show anything now, but
// have to look at something.
func (w walker) runbook(ctx context.Context, page operations.Page) error {
	var failures []error
	for _, query := range page.Queries("promql") {
		if err := w.query(ctx, query); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", query, err))
		}
	}
	return errors.Join(failures...)
}

func (w walker) query(ctx context.Context, query string) error {
	e, err := parse(query)
	if err != nil {
		return err
	}
	_, _, err = w.show(ctx, query, w.interval)
	return errors.Join(err, w.check(ctx, e), w.matches(ctx, e))
}
