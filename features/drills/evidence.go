package drills

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/features/operations"
)

// panelShows expects that the panel, as "Dashboard / Panel", is in a worse colour now than it was before the fault; the service
// is what the dashboard's variable says.
func (d *drill) panelShows(ctx context.Context, name, service string) error {
	p, err := d.panel(name)
	if err != nil {
		return err
	}
	for i, target := range p.Targets {
		p.Targets[i].Expr = operations.Fill(target.Expr, map[string]string{"service": service})
	}
	before, shown, err := d.worst(ctx, p, d.fault)
	if err != nil || before == worst {
		return errors.Join(err, fmt.Errorf("the panel %q shows %v before the fault", name, shown))
	}
	return poll(ctx, evidenceTime, func(ctx context.Context) error {
		now, shown, err := d.worst(ctx, p, time.Time{})
		if err == nil && now <= before {
			err = fmt.Errorf("the panel %q shows nothing but %v", name, shown)
		}
		return err
	})
}

// panelCounts expects that the panel shows the number for the service, and did not before the fault.
func (d *drill) panelCounts(ctx context.Context, name string, number float64, service string) error {
	p, err := d.panel(name)
	if err != nil {
		return err
	}
	shows := func(at time.Time) (bool, error) {
		_, all, err := d.worst(ctx, p, at)
		return slices.ContainsFunc(all, func(s doors.Sample) bool { return s.Labels["service"] == service && s.Value == number }), err
	}
	if before, err := shows(d.fault); err != nil || before {
		return errors.Join(err, fmt.Errorf("the panel %q showed %v before the fault: %t", name, number, before))
	}
	return poll(ctx, evidenceTime, func(context.Context) error {
		now, err := shows(time.Time{})
		if err == nil && !now {
			err = fmt.Errorf("the panel %q does not show %v", name, number)
		}
		return err
	})
}

// dashboardMarks expects the dashboard to draw a line where the new version of the service came.
func (d *drill) dashboardMarks(ctx context.Context, title, service string) error {
	dashboards, err := operations.ReadDashboards(d.options.Observability)
	if err != nil {
		return err
	}
	for _, board := range dashboards {
		if board.Title != title {
			continue
		}
		for _, a := range board.Annotations.List {
			samples, err := d.query(ctx, a.Target.Expr, time.Time{})
			if err != nil {
				return err
			}
			if slices.ContainsFunc(samples, func(s doors.Sample) bool {
				return s.Labels["service"] == service && s.Labels["version"] == newVersion &&
					!time.UnixMilli(int64(s.Value)).Before(d.fault.Truncate(time.Second))
			}) {
				return nil
			}
		}
	}
	return fmt.Errorf("nothing marks the deployment on the dashboard %q", title)
}

func (d *drill) panel(name string) (operations.Panel, error) {
	dashboards, err := operations.ReadDashboards(d.options.Observability)
	if err != nil {
		return operations.Panel{}, err
	}
	for _, board := range dashboards {
		for _, p := range board.Panels {
			if board.Title+" / "+p.Title == name {
				return p, nil
			}
		}
	}
	return operations.Panel{}, fmt.Errorf("there is no panel %q", name)
}

// The colours of a panel, as numbers that grow with the trouble.
const (
	fine  = 0 // green
	worst = 2 // red, or not 0 where there are no colours
)

// worst returns the worst colour of the panel's values, and all of them.
func (d *drill) worst(ctx context.Context, p operations.Panel, at time.Time) (color int, all []doors.Sample, err error) {
	for _, target := range p.Targets {
		samples, err := d.query(ctx, target.Expr, at)
		if err != nil {
			return 0, nil, err
		}
		for _, s := range samples {
			color = max(color, colorOf(p, s.Value))
		}
		all = append(all, samples...)
	}
	return color, all, nil
}

func colorOf(p operations.Panel, value float64) int {
	if math.IsNaN(value) { // the ratio of nothing
		return fine
	}
	ranks := map[string]int{"green": fine, "orange": 1, "red": worst}
	steps := p.FieldConfig.Defaults.Thresholds.Steps
	if len(steps) < 2 {
		return map[bool]int{true: fine, false: worst}[value == 0]
	}
	color := steps[0].Color
	for _, s := range steps[1:] {
		if s.Value != nil && value >= *s.Value {
			color = s.Color
		}
	}
	return ranks[color]
}

// grafana returns the values of Grafana's own variables for a dashboard that shows an hour.
func grafana() map[string]string {
	return map[string]string{"__rate_interval": "5m", "__interval": "1m", "__range": "1h"}
}

// query evaluates what operators would, in compressed time; the zero time is now.
func (d *drill) query(ctx context.Context, promql string, at time.Time) ([]doors.Sample, error) {
	short, err := d.options.Compression.Query(operations.Fill(promql, grafana()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", promql, err)
	}
	return d.monitoring.metrics.Query(ctx, short, at)
}
