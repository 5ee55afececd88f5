package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/myevents/myevents/features/operations"
	"github.com/myevents/myevents/observability/grafana/dashboards"
)

// walker looks at dashboards, rules and runbooks as somebody does who wants to know what the platform was doing.
type walker struct {
	observed
	units

	at       places
	interval time.Duration           // between two scrapes
	traced   func(trace string) bool // whether the trace can be looked up
	drills   map[string]string       // by "dashboard / panel": what shows something there
}

// drilled returns the drills of all queries that have one.
func drilled() map[string]string {
	all := map[string]string{}
	for _, d := range dashboards.All() {
		for _, p := range d.Panels {
			for i, q := range p.Queries {
				if q.Drill != "" {
					all[d.Title+" / "+p.Title+" "+string(rune('A'+i))] = q.Drill
				}
			}
		}
	}
	return all
}

// dashboard returns all that is wrong with a dashboard.
func (w walker) dashboard(ctx context.Context, d operations.Dashboard) error {
	var failures []error
	note := func(where string, err error) {
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", where, err))
		}
	}
	if len(d.Panels) > dashboards.MostPanels {
		note(d.Title, fmt.Errorf("%d panels are not seen at a glance; %d may be", len(d.Panels), dashboards.MostPanels))
	}
	if d.Description == "" {
		note(d.Title, errors.New("it has no description"))
	}
	choices, err := w.choices(ctx, d)
	note(d.Title, err)
	for _, a := range d.Annotations.List {
		note(d.Title+", annotation "+a.Name, w.annotation(ctx, a))
	}
	for i, p := range d.Panels {
		where := d.Title + " / " + p.Title
		note(where, w.look(p, d.Panels[:i]))
		for _, t := range p.Targets {
			note(where, w.target(ctx, p, t, choices, w.drills[where+" "+t.RefID]))
		}
		for _, l := range slices.Concat(p.Links, p.FieldConfig.Defaults.Links) {
			note(where, w.at.link(l, d))
		}
	}
	return errors.Join(failures...)
}

// look checks what a panel is without its values; before are the panels that come before it.
func (w walker) look(p operations.Panel, before []operations.Panel) error {
	var failures []error
	fail := func(format string, args ...any) { failures = append(failures, fmt.Errorf(format, args...)) }
	if p.Title == "" || p.Description == "" {
		fail("it needs a title and a description")
	}
	if p.FieldConfig.Defaults.Unit == "" {
		fail("it has no unit")
	}
	if len(p.FieldConfig.Defaults.Thresholds.Steps) < 2 {
		fail("it has no thresholds")
	}
	if len(p.Targets) == 0 {
		fail("it has no query")
	}
	if p.GridPos.W < 1 || p.GridPos.H < 1 || p.GridPos.X+p.GridPos.W > 24 {
		fail("it does not fit into 24 columns")
	}
	for _, other := range before {
		if p.Title == other.Title {
			fail("another panel has the same title")
		}
		if p.GridPos.Overlaps(other.GridPos) {
			fail("it overlaps with %q", other.Title)
		}
		if p.GridPos.Y < other.GridPos.Y {
			fail("it is above %q, which comes before it", other.Title)
		}
	}
	return errors.Join(append(failures, w.at.source(p.Datasource))...)
}

// target checks a query of a panel for each of the choices. One of them has to show something.
func (w walker) target(ctx context.Context, p operations.Panel, t operations.Target, choices []map[string]string, drill string) error {
	best, legend, leads, here := nothing, false, !t.Exemplar, false
	for _, choice := range choices {
		e, err := parse(fill(t.Expr, choice, w.rested.Sub(w.started)))
		if err != nil {
			return err
		}
		d, err := w.of(e)
		if err != nil {
			return err
		}
		if err := errors.Join(suits(p.FieldConfig.Defaults.Unit, d), w.check(ctx, e)); err != nil {
			return err
		}
		shows, result, err := w.show(ctx, e.String(), w.interval)
		if err != nil {
			return err
		}
		here = here || !onlyElsewhere(e)
		best, legend = max(best, shows), legend || hasLabels(result, labelsIn(t.LegendFormat))
		if !leads {
			if leads, err = w.leadsToTrace(ctx, e); err != nil {
				return err
			}
		}
	}
	switch {
	case best < values && drill == "" && here:
		return fmt.Errorf("%s shows nothing but %s", t.Expr, map[shown]string{nothing: "emptiness", zeros: "zeros"}[best])
	case !leads:
		return fmt.Errorf("no exemplar of %s leads to a trace", t.Expr)
	case best > nothing && !legend:
		return fmt.Errorf("the legend %q names a label that %s does not have", t.LegendFormat, t.Expr)
	}
	return w.at.source(t.Datasource)
}

// onlyElsewhere reports whether something else proves all metrics of an expression.
func onlyElsewhere(e parser.Expr) bool {
	return !slices.ContainsFunc(selectors(e), func(s *parser.VectorSelector) bool { return elsewhere()[s.Name] == "" })
}

// hasLabels reports whether a series of the result has all the labels.
func hasLabels(result promql.Matrix, names []string) bool {
	return slices.ContainsFunc(result, func(s promql.Series) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return !s.Metric.Has(name) })
	})
}

// leadsToTrace reports whether a point of the query is a trace that can be looked up.
func (w walker) leadsToTrace(ctx context.Context, e parser.Expr) (bool, error) {
	traces, err := w.Examples(ctx, e)
	return slices.ContainsFunc(traces, w.traced), err
}

// choices returns the values of a dashboard's variables, each combination of them; there is one variable at most.
func (w walker) choices(ctx context.Context, d operations.Dashboard) ([]map[string]string, error) {
	if len(d.Templating.List) == 0 {
		return []map[string]string{{}}, nil
	}
	if len(d.Templating.List) > 1 {
		return nil, errors.New("it has several variables")
	}
	v := d.Templating.List[0]
	metric, label, err := variableQuery(v.Query.Query)
	if err != nil {
		return nil, err
	}
	series, err := w.Series(ctx, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, metric))
	if err != nil {
		return nil, err
	}
	var all []map[string]string
	for _, s := range series {
		if value := s.Get(label); value != "" {
			all = append(all, map[string]string{v.Name: value})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the variable %s has nothing to choose from", v.Name)
	}
	return all, w.at.source(v.Datasource)
}

// annotation checks what is drawn across graphs: its values have to be points in time.
func (w walker) annotation(ctx context.Context, a operations.Annotation) error {
	e, err := parse(a.Target.Expr)
	if err != nil {
		return err
	}
	if err := w.check(ctx, e); err != nil {
		return err
	}
	d, err := w.of(e)
	if err != nil {
		return err
	}
	if !d.instant {
		return fmt.Errorf("%s is %s and no point in time", a.Target.Expr, d)
	}
	shows, result, err := w.show(ctx, a.Target.Expr, w.interval)
	if err != nil {
		return err
	}
	names := slices.Concat(labelsIn(a.TitleFormat), labelsIn(a.TextFormat), strings.Split(a.TagKeys, ","))
	if shows < values || !hasLabels(result, names) {
		return fmt.Errorf("%s shows nothing with the labels %v", a.Target.Expr, names)
	}
	return w.at.source(a.Datasource)
}
