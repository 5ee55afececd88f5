package drills

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/myevents/myevents/features/operations"
)

// runbook is what a page of observability/runbooks asks Prometheus.
type runbook struct {
	alert string
	looks []string // what to look at first
	over  []string // what says that it is over
}

// theEnd is the heading of the last section, which is about the end.
const theEnd = "It is over when"

func (d *drill) runbook(alert string) (runbook, error) {
	pages, err := operations.ReadPages(filepath.Join(d.options.Observability, "runbooks", alert+".md"))
	if err != nil || len(pages) != 1 {
		return runbook{}, errors.Join(err, fmt.Errorf("%s has %d runbooks", alert, len(pages)))
	}
	all, over := pages[0].Queries("promql"), pages[0].Section(theEnd).Queries("promql")
	r := runbook{alert: alert, looks: all[:len(all)-len(over)], over: over}
	if len(r.looks) == 0 || len(r.over) == 0 {
		return r, fmt.Errorf("the runbook of %s asks %d questions, and %d of the end", alert, len(r.looks), len(r.over))
	}
	return r, nil
}

// runbookShows expects that every look of the runbooks of the expected alerts returns something, and keeps what they say of
// the end.
func (d *drill) runbookShows(ctx context.Context) error {
	for alert := range d.alerts {
		r, err := d.runbook(alert)
		if err != nil {
			return err
		}
		if _, looked := d.during[r.over[0]]; looked { // before something else broke
			continue
		}
		for _, query := range append(r.looks, r.over...) {
			if d.during[query], err = d.returns(ctx, query); err != nil {
				return fmt.Errorf("runbook of %s: %w", alert, err)
			}
		}
	}
	return nil
}

// returns returns the answer to a query, which is something.
func (d *drill) returns(ctx context.Context, promql string) (answer string, err error) {
	return answer, poll(ctx, evidenceTime, func(ctx context.Context) error {
		samples, err := d.query(ctx, promql, time.Time{})
		if err == nil && len(samples) == 0 {
			err = fmt.Errorf("a query returns nothing:\n%s", promql)
		}
		answer = fmt.Sprint(samples)
		return err
	})
}

// runbookSaysOver expects that what the looked-at runbooks say of the end is something else than during the fault.
func (d *drill) runbookSaysOver(ctx context.Context) error {
	for alert := range d.alerts {
		r, err := d.runbook(alert)
		if err != nil {
			return err
		}
		for _, query := range r.over {
			err := poll(ctx, evidenceTime, func(ctx context.Context) error {
				answer, err := d.returns(ctx, query)
				if err == nil && answer == d.during[query] {
					err = fmt.Errorf("as during the fault, %s is %s", query, answer)
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("runbook of %s: %w", alert, err)
			}
		}
	}
	return nil
}
