package drills

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/myevents/myevents/features/doors"
)

// dashboard is what matters here of a dashboard's JSON.
type dashboard struct {
	Title  string
	Panels []panel
}

type panel struct {
	Title       string
	Targets     []struct{ Expr string }
	FieldConfig struct {
		Defaults struct{ Thresholds struct{ Steps []step } }
	}
}

// step is a colour from a value on; the first has none.
type step struct {
	Color string
	Value *float64
}

// panelShows expects that the panel, as "Dashboard / Panel", is in a worse colour now than it was before the fault; the service
// is what the dashboard's variable says.
func (d *drill) panelShows(ctx context.Context, name, service string) error {
	p, err := findPanel(filepath.Join(d.options.Observability, "grafana", "dashboards"), name)
	if err != nil {
		return err
	}
	for i, target := range p.Targets {
		p.Targets[i].Expr = strings.ReplaceAll(target.Expr, "$service", service)
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

func findPanel(folder, name string) (panel, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return panel{}, err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return panel{}, err
		}
		var board dashboard
		if err := json.Unmarshal(content, &board); err != nil {
			return panel{}, fmt.Errorf("%s: %w", file, err)
		}
		for _, p := range board.Panels {
			if board.Title+" / "+p.Title == name {
				return p, nil
			}
		}
	}
	return panel{}, fmt.Errorf("there is no panel %q", name)
}

// The colours of a panel, as numbers that grow with the trouble.
const (
	fine  = 0 // green
	worst = 2 // red, or not 0 where there are no colours
)

// worst returns the worst colour of the panel's values, and all of them.
func (d *drill) worst(ctx context.Context, p panel, at time.Time) (color int, all []doors.Sample, err error) {
	for _, target := range p.Targets {
		samples, err := d.query(ctx, target.Expr, at)
		if err != nil {
			return 0, nil, err
		}
		for _, s := range samples {
			color = max(color, p.color(s.Value))
		}
		all = append(all, samples...)
	}
	return color, all, nil
}

func (p panel) color(value float64) int {
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

// variables of Grafana's own.
var variables = strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$__range", "1h")

// query evaluates what operators would, in compressed time; the zero time is now.
func (d *drill) query(ctx context.Context, promql string, at time.Time) ([]doors.Sample, error) {
	short, err := d.options.Compression.Query(variables.Replace(promql))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", promql, err)
	}
	return d.monitoring.metrics.Query(ctx, short, at)
}
