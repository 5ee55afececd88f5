// Package dashboards is the source of Grafana's dashboards: a file a dashboard, its queries as plain text. `go generate`
// writes each beside its file as the JSON that Grafana is provisioned with; a test fails where the two differ.
//
// A dashboard is read from the top left to the bottom right: first what customers notice, then what may be the cause.
package dashboards

//go:generate go run ./write .

// MostPanels is how many a dashboard may have: what is at more places than that is not seen at a glance.
const MostPanels = 12

// What compose.yaml gives a service, in bytes: GOMEMLIMIT and mem_limit.
const (
	memoryGoal  = 84 << 20
	memoryLimit = 104 << 20
)

// All returns the dashboards, the one to start with first.
func All() []Dashboard {
	return []Dashboard{platform(), service(), bookings(), messaging(), telemetry()}
}

// Dashboard is one page of Grafana. Its panels flow from left to right; where the next does not fit, a row begins.
type Dashboard struct {
	UID         string // in its address: /d/UID
	Title       string
	Description string
	Variables   []Variable
	Panels      []Panel
}

// Variable is a choice at the top of a dashboard. Queries have it as $Name.
type Variable struct {
	Name  string
	Label string
	// Metric and Of say what there is to choose from: the values of label Of of the metric.
	Metric, Of string
}

// Panel answers one question.
type Panel struct {
	Title       string // others name the panel by it: "Messaging / Outbox backlog"
	Description string // what it shows, and what to make of it
	Type        Type
	Unit        Unit
	Width       int // of the 24 columns of a row
	Height      int // in rows of about 36 pixels; 0: 8
	Queries     []Query
	Thresholds  Thresholds

	Logs   string   // finds the log lines behind it, in Lucene's syntax; empty: there is no such link
	Alerts []string // those that watch it; each has a link to its runbook
}

// Query is a line of a panel, or several that differ by their labels.
type Query struct {
	PromQL    string
	Legend    string // {{label}} is the label's value
	Exemplars bool   // points that lead to the traces of single requests

	// Drill makes it show something: the query is about a fault, and gives nothing, or zeros only, while all is well. Empty: a
	// platform on which little goes wrong has something to show.
	Drill string
}

// Type is how a panel shows its values.
type Type string

// The types of panels.
const (
	Stat  Type = "stat"       // the last value in large digits
	Graph Type = "timeseries" // values over time
	Bars  Type = "bargauge"   // the last values beside each other
)

// Unit is one of Grafana's.
type Unit string

// The units that panels have.
const (
	Count     Unit = "short"
	Seconds   Unit = "s"
	Bytes     Unit = "bytes"
	Ratio     Unit = "percentunit" // 1 is shown as 100 %
	Times     Unit = "suffix:x"    // how many times as much, such as 14.4x
	PerSecond Unit = "cps"
	Requests  Unit = "reqps"
)

// Thresholds say which values are good.
type Thresholds struct {
	Warn, Bad float64
	// Below: values are bad from Bad downwards, else from Bad upwards.
	Below bool
}

// above returns the thresholds of a value that ought to be small.
func above(warn, bad float64) Thresholds { return Thresholds{Warn: warn, Bad: bad} }

// below returns the thresholds of a value that ought to be large.
func below(warn, bad float64) Thresholds { return Thresholds{Warn: warn, Bad: bad, Below: true} }
