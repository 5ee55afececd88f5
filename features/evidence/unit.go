package evidence

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// dimension is what a value counts, in powers: 1 second, or 1 thing each second to the power of -1.
type dimension struct {
	seconds, bytes, things int

	instant bool // a point in time, in seconds since 1970
	flag    bool // 1 for yes, 0 for no
	number  bool // a constant, which suits whatever it meets
}

func (d dimension) String() string {
	switch {
	case d.instant:
		return "a point in time"
	case d.flag:
		return "yes or no"
	case d.number:
		return "a constant"
	case d == dimension{}:
		return "a ratio"
	}
	var text []string
	for _, part := range []struct {
		name  string
		power int
	}{{"things", d.things}, {"bytes", d.bytes}, {"seconds", d.seconds}} {
		switch part.power {
		case 0:
		case 1:
			text = append(text, part.name)
		case -1:
			text = append(text, "per "+part.name)
		default:
			text = append(text, fmt.Sprintf("%s^%d", part.name, part.power))
		}
	}
	return strings.Join(text, " ")
}

// suits checks that a unit of Grafana is that of the values.
func suits(unit string, d dimension) error {
	fits := map[string]bool{
		"s":           d == dimension{seconds: 1},
		"bytes":       d == dimension{bytes: 1},
		"percentunit": d == dimension{} || d.flag,
		"suffix:x":    d == dimension{},
		"short":       d == dimension{things: 1} || d.flag,
		"cps":         d == dimension{things: 1, seconds: -1},
		"reqps":       d == dimension{things: 1, seconds: -1},
	}
	fit, known := fits[unit]
	switch {
	case !known:
		return fmt.Errorf("the unit %q is none of ours", unit)
	case !fit:
		return fmt.Errorf("the unit %q is not that of the query, which gives %s", unit, d)
	}
	return nil
}

// units finds out dimensions of expressions, from the suffixes of the metrics in them.
type units map[string][]parser.Expr // the rules that record a metric

// named returns the dimension of a metric.
func (u units) named(metric string) (dimension, error) {
	if rules := u[metric]; rules != nil {
		return u.of(rules[0])
	}
	for _, suffix := range []string{"_bucket", "_count"} {
		if strings.HasSuffix(metric, suffix) {
			return dimension{things: 1}, nil
		}
	}
	return ofName(strings.TrimSuffix(metric, "_sum")), nil
}

// ofName reads the suffix, as https://prometheus.io/docs/practices/naming has them. What has none is counted in things.
func ofName(metric string) dimension {
	name := strings.TrimSuffix(metric, "_total")
	switch {
	case strings.HasSuffix(name, "_timestamp_seconds"), name == "process_start_time_seconds":
		return dimension{instant: true}
	case strings.HasSuffix(name, "_seconds"):
		return dimension{seconds: 1}
	case strings.HasSuffix(name, "_bytes"):
		return dimension{bytes: 1}
	case strings.HasSuffix(name, "_ratio"):
		return dimension{}
	case strings.HasSuffix(name, "_info"), strings.HasSuffix(name, "_connected"), strings.HasSuffix(name, "_state"),
		name == "up", name == "ALERTS":
		return dimension{flag: true}
	default:
		return dimension{things: 1}
	}
}

// of returns the dimension of an expression's values; an error where it mixes what does not go together.
func (u units) of(e parser.Expr) (dimension, error) {
	switch e := e.(type) {
	case *parser.NumberLiteral:
		return dimension{number: true}, nil
	case *parser.VectorSelector:
		return u.named(e.Name)
	case *parser.MatrixSelector:
		return u.of(e.VectorSelector)
	case *parser.SubqueryExpr:
		return u.of(e.Expr)
	case *parser.ParenExpr:
		return u.of(e.Expr)
	case *parser.UnaryExpr:
		return u.of(e.Expr)
	case *parser.StepInvariantExpr:
		return u.of(e.Expr)
	case *parser.AggregateExpr:
		return u.aggregate(e)
	case *parser.BinaryExpr:
		return u.binary(e)
	case *parser.Call:
		return u.call(e)
	default:
		return dimension{}, fmt.Errorf("the unit of %s is not known", e)
	}
}

func (u units) aggregate(e *parser.AggregateExpr) (dimension, error) {
	d, err := u.of(e.Expr)
	switch {
	case e.Op == parser.COUNT, e.Op == parser.COUNT_VALUES, e.Op == parser.SUM && d.flag:
		return dimension{things: 1}, err
	case e.Op == parser.GROUP:
		return dimension{flag: true}, err
	default:
		return d, err
	}
}

func (u units) binary(e *parser.BinaryExpr) (dimension, error) {
	left, err := u.of(e.LHS)
	right, rightErr := u.of(e.RHS)
	if err := errors.Join(err, rightErr); err != nil {
		return dimension{}, err
	}
	switch e.Op {
	case parser.MUL:
		return product(left, right, 1), nil
	case parser.DIV:
		return product(left, right, -1), nil
	case parser.POW, parser.MOD, parser.ATAN2, parser.LAND, parser.LOR, parser.LUNLESS:
		return left, nil
	}
	together, err := join(e.Op, left, right)
	if err != nil {
		return dimension{}, fmt.Errorf("%w: %s", err, e)
	}
	if e.ReturnBool {
		return dimension{flag: true}, nil
	}
	return together, nil
}

// join returns the dimension of a sum, a difference or a comparison.
func join(op parser.ItemType, left, right dimension) (dimension, error) {
	switch {
	case left.number:
		return right, nil
	case right.number:
		return left, nil
	case left.instant && right.instant && op == parser.SUB:
		return dimension{seconds: 1}, nil
	case left == right:
		return left, nil
	case left.instant && right == dimension{seconds: 1}:
		return left, nil
	case left.flag && right == dimension{}, right.flag && left == dimension{}: // 1 - avg(up) is a ratio
		return dimension{}, nil
	}
	return dimension{}, fmt.Errorf("%s and %s do not go together", left, right)
}

// product multiplies, or divides where the sign is -1. What is measured a thing, such as a mean, is as what is measured.
func product(left, right dimension, sign int) dimension {
	switch {
	case right.number || right.flag:
		return left
	case (left.number || left.flag) && sign > 0:
		return right
	}
	d := dimension{
		seconds: left.seconds + sign*right.seconds, bytes: left.bytes + sign*right.bytes, things: left.things + sign*right.things,
	}
	if d.seconds > 0 || d.bytes > 0 {
		d.things = 0
	}
	return d
}

func (u units) call(e *parser.Call) (dimension, error) {
	switch name := e.Func.Name; name {
	case "time", "timestamp":
		return dimension{instant: true}, nil
	case "changes", "resets", "count_over_time":
		return dimension{things: 1}, nil
	case "absent", "absent_over_time", "present_over_time":
		return dimension{flag: true}, nil
	case "histogram_fraction":
		return dimension{}, nil
	case "histogram_quantile":
		return u.observed(e.Args[1])
	case "rate", "irate", "deriv":
		d, err := u.of(e.Args[0])
		d.seconds--
		if d.instant { // how fast a clock goes
			d = dimension{}
		}
		return d, err
	case "increase", "delta", "idelta", "abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "sort", "sort_desc",
		"label_replace", "label_join", "scalar", "vector", "avg_over_time", "min_over_time", "max_over_time", "sum_over_time",
		"last_over_time":
		return u.of(e.Args[0])
	case "quantile_over_time":
		return u.of(e.Args[1])
	default:
		return dimension{}, fmt.Errorf("the unit of the function %s is not known", name)
	}
}

// observed returns the dimension of what the histogram in the expression has counted.
func (u units) observed(e parser.Expr) (d dimension, err error) {
	err = errors.New("there is no histogram in it")
	for _, s := range selectors(e) {
		name := s.Name
		if rules := u[name]; rules != nil {
			return u.observed(rules[0])
		}
		d, err = ofName(strings.TrimSuffix(name, "_bucket")), nil
	}
	return d, err
}
