package evidence

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// selectors returns all selectors of series in an expression.
func selectors(e parser.Expr) (all []*parser.VectorSelector) {
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			all = append(all, s)
		}
		return nil
	})
	return all
}

// parse returns the expression. It may name only one metric in each of its selectors.
func parse(text string) (parser.Expr, error) {
	e, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return nil, err
	}
	for _, s := range selectors(e) {
		if s.Name == "" {
			return nil, fmt.Errorf("%s does not name its metric", s)
		}
	}
	return e, nil
}

// observed are the metrics of a run and everything that is known of them.
type observed struct {
	*Prometheus
	known    metrics                  // what docs/telemetry.md says
	recorded map[string][]parser.Expr // the rules that record a metric
}

// check looks for metrics and labels in an expression that do not exist. A metric exists if it has series, or if something
// else proves it. A label exists if a series has it, or if it is documented: a label without a value is not there.
func (o observed) check(ctx context.Context, e parser.Expr) error {
	var failures []error
	for _, s := range selectors(e) {
		failures = append(failures, o.checkSelector(ctx, s))
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.AggregateExpr:
			failures = append(failures, o.checkLabels(ctx, n.Expr, n.Grouping))
		case *parser.BinaryExpr:
			if m := n.VectorMatching; m != nil {
				failures = append(failures, o.checkLabels(ctx, n, slices.Concat(m.MatchingLabels, m.Include)))
			}
		}
		return nil
	})
	return errors.Join(failures...)
}

func (o observed) checkSelector(ctx context.Context, s *parser.VectorSelector) error {
	found, err := o.labels(ctx, s.Name)
	if err != nil {
		return err
	}
	for _, m := range s.LabelMatchers {
		if m.Name != model.MetricNameLabel && !found[m.Name] {
			return fmt.Errorf("the metric %s has no label %q", s.Name, m.Name)
		}
	}
	return nil
}

// checkLabels looks for labels that no selector in the expression has.
func (o observed) checkLabels(ctx context.Context, e parser.Expr, names []string) error {
	all := map[string]bool{}
	for _, s := range selectors(e) {
		found, err := o.labels(ctx, s.Name)
		if err != nil {
			return nil //nolint:nilerr // checkSelector says so
		}
		for name := range found {
			all[name] = true
		}
	}
	for _, name := range names {
		if !all[name] && len(all) > 0 {
			return fmt.Errorf("nothing in %s has the label %q", e, name)
		}
	}
	return nil
}

// labels returns the names of a metric's labels.
func (o observed) labels(ctx context.Context, metric string) (map[string]bool, error) {
	series, err := o.Series(ctx, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, metric))
	if err != nil {
		return nil, err
	}
	all := o.known[metric]
	switch {
	case len(series) > 0:
		all = maps.Clone(all)
	case len(o.recorded[metric]) > 0: // it has a series now and then
		return o.labelsOf(ctx, o.recorded[metric])
	case elsewhere()[metric] == "":
		return nil, fmt.Errorf("the metric %s has no series", metric)
	case all == nil:
		return nil, fmt.Errorf("the metric %s is not in docs/telemetry.md", metric)
	}
	if all == nil {
		all = map[string]bool{}
	}
	for _, s := range series {
		s.Range(func(l labels.Label) { all[l.Name] = true })
	}
	return all, nil
}

// labelsOf returns the labels that what a rule looks at has.
func (o observed) labelsOf(ctx context.Context, rules []parser.Expr) (map[string]bool, error) {
	all := map[string]bool{}
	for _, rule := range rules {
		for _, s := range selectors(rule) {
			found, err := o.labels(ctx, s.Name)
			if err != nil {
				return nil, err
			}
			maps.Copy(all, found)
		}
	}
	return all, nil
}

// shown is what a query has come to.
type shown int

const (
	nothing shown = iota // no value
	zeros                // only zeros, or what is no number
	values
)

// show evaluates an expression over the whole run.
func (o observed) show(ctx context.Context, e string, step time.Duration) (shown, promql.Matrix, error) {
	result, err := o.Range(ctx, e, step)
	if err != nil || len(result) == 0 {
		return nothing, result, err
	}
	for _, series := range result {
		if len(series.Histograms) > 0 {
			return values, result, nil
		}
		for _, p := range series.Floats {
			if p.F != 0 && !math.IsNaN(p.F) && !math.IsInf(p.F, 0) {
				return values, result, nil
			}
		}
	}
	return zeros, result, nil
}

// matches reports whether each selector of an expression finds series, whatever their values. What something else proves need
// not. What a rule records only now and then is looked for in that rule.
func (o observed) matches(ctx context.Context, e parser.Expr, more ...*labels.Matcher) error {
	var failures []error
	for _, s := range selectors(e) {
		failures = append(failures, o.found(ctx, s, more))
	}
	return errors.Join(failures...)
}

// found looks for series that a selector and more matchers select; those of labels that the metric does not have are left out.
func (o observed) found(ctx context.Context, s *parser.VectorSelector, more []*labels.Matcher) error {
	has, err := o.labels(ctx, s.Name)
	if err != nil {
		return err
	}
	all := slices.Clone(s.LabelMatchers)
	for _, m := range more {
		if has[m.Name] {
			all = append(all, m)
		}
	}
	series, err := o.Series(ctx, all...)
	if err != nil || len(series) > 0 || elsewhere()[s.Name] != "" || o.isOfJob(s) {
		return err
	}
	rules := o.recorded[s.Name]
	if len(rules) == 0 {
		return fmt.Errorf("%s finds nothing", selector(s))
	}
	matchers := slices.DeleteFunc(all, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel })
	for _, rule := range rules {
		if err := o.matches(ctx, rule, matchers...); err != nil {
			return err
		}
	}
	return nil
}

// isOfJob reports whether a selector asks for a job that has no target here, but has one in the configuration.
func (o observed) isOfJob(s *parser.VectorSelector) bool {
	return s.Name == "up" && slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool {
		return m.Name == "job" && slices.ContainsFunc(o.jobs, m.Matches)
	})
}

// selector writes a selector without its time.
func selector(s *parser.VectorSelector) string {
	var text []string
	for _, m := range s.LabelMatchers {
		if m.Name != model.MetricNameLabel {
			text = append(text, m.String())
		}
	}
	return s.Name + "{" + strings.Join(text, ",") + "}"
}
