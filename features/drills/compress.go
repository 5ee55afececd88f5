package drills

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"
)

// Compression makes the time of monitoring run faster: every duration of the rules, the configurations and the queries that
// operators look at is divided by it, and nothing else is changed. So a drill of minutes tests the windows of hours, derived
// from the very files that are deployed.
type Compression int64

// shortestScrape is how often services are scraped at most: more costs time and shows nothing new.
const shortestScrape = 500 * time.Millisecond

// Duration returns the compressed duration, in whole milliseconds as Prometheus has them.
func (c Compression) Duration(d time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	return max((d / time.Duration(c)).Round(time.Millisecond), time.Millisecond)
}

func (c Compression) model(d model.Duration) model.Duration {
	return model.Duration(c.Duration(time.Duration(d)))
}

// Rules compresses a file of rules: windows, offsets, durations that values are compared with (as in > 5m), for,
// keep_firing_for, the groups' intervals.
func (c Compression) Rules(content []byte) ([]byte, error) {
	groups, errs := rulefmt.Parse(content, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for i := range groups.Groups {
		g := &groups.Groups[i]
		g.Interval = c.model(g.Interval)
		if g.QueryOffset != nil {
			*g.QueryOffset = c.model(*g.QueryOffset)
		}
		for j := range g.Rules {
			r := &g.Rules[j]
			expr, err := c.Query(r.Expr)
			if err != nil {
				return nil, fmt.Errorf("%s%s: %w", r.Record, r.Alert, err)
			}
			r.Expr, r.For, r.KeepFiringFor = expr, c.model(r.For), c.model(r.KeepFiringFor)
		}
	}
	return yaml.Marshal(groups)
}

// Query compresses a PromQL expression.
func (c Compression) Query(promql string) (string, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(promql)
	if err != nil {
		return "", err
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.MatrixSelector:
			n.Range = c.Duration(n.Range)
		case *parser.SubqueryExpr:
			n.Range, n.Step, n.OriginalOffset = c.Duration(n.Range), c.Duration(n.Step), c.signed(n.OriginalOffset)
		case *parser.VectorSelector:
			n.OriginalOffset = c.signed(n.OriginalOffset)
		case *parser.NumberLiteral:
			if n.Duration {
				n.Val /= float64(c)
				n.Duration = false // it may be shorter than the millisecond that durations are written in
			}
		}
		return nil
	})
	return expr.String(), nil
}

func (c Compression) signed(d time.Duration) time.Duration {
	if d < 0 {
		return -c.Duration(-d)
	}
	return c.Duration(d)
}
