package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/myevents/myevents/bench/load"
)

// line is one row of the table.
type line struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Bar   string  `json:"bar,omitempty"` // what must hold, in words
	Met   *bool   `json:"met,omitempty"` // whether it held; absent where there is no bar
}

// report gathers the rows of a run.
type report struct {
	Started time.Time `json:"started"`
	Machine string    `json:"machine"`
	Lines   []line    `json:"lines"`
	out     io.Writer
}

func newReport(out io.Writer) *report {
	return &report{Started: time.Now().UTC(), Machine: load.Machine(), out: out}
}

// add notes a figure without a bar, and shows it at once: a run takes minutes.
func (r *report) add(name string, value float64, unit string) {
	r.push(line{Name: name, Value: value, Unit: unit})
}

// check notes a figure and whether it meets its bar.
func (r *report) check(name string, value float64, unit, bar string, met bool) {
	r.push(line{Name: name, Value: value, Unit: unit, Bar: bar, Met: &met})
}

func (r *report) push(l line) {
	r.Lines = append(r.Lines, l)
	_, _ = fmt.Fprintln(r.out, strings.Join(l.cells(), "  "))
}

func (l line) cells() []string {
	verdict := ""
	if l.Met != nil {
		verdict = "missed"
		if *l.Met {
			verdict = "met"
		}
	}
	return []string{l.Name, fmt.Sprintf("%.2f", l.Value), l.Unit, l.Bar, verdict}
}

// table prints all rows in columns.
func (r *report) table() error {
	w := tabwriter.NewWriter(r.out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "\n%s\n\nMEASURE\tVALUE\tUNIT\tBAR\t\n", r.Machine) // the error comes at Flush
	for _, l := range r.Lines {
		_, _ = fmt.Fprintln(w, strings.Join(l.cells(), "\t"))
	}
	return w.Flush()
}
