package drills

import (
	"context"

	"github.com/cucumber/godog"
)

// Register makes the sentences of drills known. The record takes what is to be told of each.
func Register(sc *godog.ScenarioContext, o Options, record *Record) {
	d := &drill{options: o, record: record, alerts: map[string]string{}, during: map[string]string{}}
	sc.Before(func(ctx context.Context, s *godog.Scenario) (context.Context, error) {
		d.name = s.Name
		return ctx, nil
	})
	sc.After(func(ctx context.Context, _ *godog.Scenario, failure error) (context.Context, error) {
		d.record.add(d.name, d.told, failure)
		if d.platform == nil {
			return ctx, nil
		}
		return ctx, d.platform.close(context.WithoutCancel(ctx))
	})
	d.opens(sc)
	d.breaks(sc)
	d.evidence(sc)
}

// evidence are the sentences that look.
func (d *drill) evidence(sc *godog.ScenarioContext) {
	sc.Step(`^"(\w+)" pages within (\d+ \w+)$`, func(ctx context.Context, alert, within string) error {
		return d.notifiesWithin(ctx, alert, "page", within)
	})
	sc.Step(`^"(\w+)" opens a ticket within (\d+ \w+)$`, func(ctx context.Context, alert, within string) error {
		return d.notifiesWithin(ctx, alert, "ticket", within)
	})
	sc.Step(`^nobody is paged for anything else$`, d.nobodyElse)
	sc.Step(`^the panel "([^"]+)" shows it$`, func(ctx context.Context, panel string) error { return d.panelShows(ctx, panel, "") })
	sc.Step(`^the panel "([^"]+)" of the (\w+) service shows it$`, d.panelShows)
	sc.Step(`^the (\w+) service logs "([^"]+)"$`, func(ctx context.Context, service, action string) error {
		return d.logs(ctx, service, action, "")
	})
	sc.Step(`^the (\w+) service logs "([^"]+)" because of "([^"]+)"$`, d.logs)
	sc.Step(`^the (\w+) service answers with (\d+)$`, d.answers)
	sc.Step(`^a trace shows "([^"]+)" of the (\w+) service failing$`, func(ctx context.Context, span, service string) error {
		return d.traced(ctx, span, service, 0)
	})
	sc.Step(`^a trace shows "([^"]+)" of the (\w+) service taking (\d+) ms$`, d.traced)
	sc.Step(`^the queries of its runbook return the evidence$`, d.runbookShows)
	sc.Step(`^everything resolves by itself within (\d+ \w+)$`, func(ctx context.Context, within string) error {
		limit, err := parseTime(within)
		if err != nil {
			return err
		}
		return d.resolves(ctx, limit)
	})
}

func (d *drill) notifiesWithin(ctx context.Context, alert, severity, within string) error {
	limit, err := parseTime(within)
	if err != nil {
		return err
	}
	return d.notifies(ctx, alert, severity, limit)
}
