package drills

import (
	"context"
	"errors"
	"time"

	"github.com/cucumber/godog"
	"github.com/openzipkin/zipkin-go/model"
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
	d.reads(sc)
	d.follows(sc)
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
	sc.Step(`^the panel "([^"]+)" counts (\d+) of the (\w+) service$`, d.panelCounts)
	sc.Step(`^the dashboard "([^"]+)" marks the deployment of the new version of the (\w+) service$`, d.dashboardMarks)
	sc.Step(`^the queries of its runbook return the evidence$`, d.runbookShows)
	sc.Step(`^"(\w+)" is over within (\d+ \w+)$`, func(ctx context.Context, alert, within string) error {
		limit, err := parseTime(within)
		return errors.Join(err, d.isOver(ctx, alert, limit))
	})
	sc.Step(`^everything resolves by itself within (\d+ \w+)$`, func(ctx context.Context, within string) error {
		limit, err := parseTime(within)
		if err != nil {
			return err
		}
		return d.resolves(ctx, limit)
	})
}

// reads are the sentences that look at log lines and a profile.
func (d *drill) reads(sc *godog.ScenarioContext) {
	sc.Step(`^the (new version of the )?(\w+) service logs "([^"]+)"$`, func(ctx context.Context, version, service, name string) error {
		return d.finds(ctx, action(version, service, name), "")
	})
	sc.Step(`^the (new version of the )?(\w+) service logs "([^"]+)" because of "([^"]+)"$`,
		func(ctx context.Context, version, service, name, because string) error {
			return d.finds(ctx, action(version, service, name), because)
		})
	sc.Step(`^the (\w+) service logs "([^"]+)" of that event$`, func(ctx context.Context, service, name string) error {
		fields := action("", service, name)
		fields["booking.event_id"] = d.visitors.unvisited()
		return d.finds(ctx, fields, "")
	})
	sc.Step(`^the new version of the (\w+) service logs no "([^"]+)"$`, d.logsNo)
	sc.Step(`^the (\w+) service answers with (\d+)$`, d.answers)
	sc.Step(`^the heap profile of the (\w+) service names "([^"]+)"$`, d.profile)
}

// follows are the sentences that look at traces.
func (d *drill) follows(sc *godog.ScenarioContext) {
	sc.Step(`^a trace shows "([^"]+)" of the (new version of the )?(\w+) service failing$`,
		func(ctx context.Context, name, version, service string) error {
			return d.sees(ctx, span(version, service, name), failing)
		})
	sc.Step(`^a trace shows "([^"]+)" of the (\w+) service taking (\d+) ms$`, func(ctx context.Context, name, service string, ms int) error {
		return d.sees(ctx, span("", service, name), taking(time.Duration(ms)*time.Millisecond))
	})
	sc.Step(`^a trace shows "([^"]+)" of the (\w+) service (\d+ \w+) after it was called$`,
		func(ctx context.Context, name, service, by string) error {
			length, err := parseTime(by)
			return errors.Join(err, d.sees(ctx, span("", service, name), late(length)))
		})
	sc.Step(`^a trace shows that the (\w+) service answers with (\d+)$`, func(ctx context.Context, service, status string) error {
		meant := func(s model.SpanModel, _ trace) bool { return s.LocalEndpoint.ServiceName == service }
		return d.sees(ctx, meant, answering(status))
	})
	sc.Step(`^no trace crosses the new version of the (\w+) service$`, d.noTraceCrosses)
	sc.Step(`^a request that the (\w+) service has logged has no trace$`, d.losesTraces)
}

func (d *drill) notifiesWithin(ctx context.Context, alert, severity, within string) error {
	limit, err := parseTime(within)
	if err != nil {
		return err
	}
	return d.notifies(ctx, alert, severity, limit)
}
