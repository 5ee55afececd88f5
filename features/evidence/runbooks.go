package evidence

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// blocks returns the texts of a page's fenced blocks in a language, without the indentation of a list.
func blocks(page, language string) (all []string) {
	fence := regexp.MustCompile("(?ms)^([ \t]*)```" + language + "\n(.*?)^[ \t]*```")
	for _, match := range fence.FindAllStringSubmatch(page, -1) {
		var lines []string
		for line := range strings.Lines(match[2]) {
			lines = append(lines, strings.TrimPrefix(line, match[1]))
		}
		all = append(all, strings.TrimSpace(strings.Join(lines, "")))
	}
	return all
}

// runbook checks the queries of a runbook: somebody runs them when something is wrong, so they need not show anything now, but
// have to look at something.
func (w walker) runbook(ctx context.Context, page string) error {
	var failures []error
	for _, query := range blocks(page, "promql") {
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
