package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// row is a pair and what was sold on it.
type row struct {
	pair
	Traced   figures `json:"traced"`
	Untraced figures `json:"untraced"`
}

// report gathers the rows of a run.
type report struct {
	Started time.Time `json:"started"`
	Machine string    `json:"machine"`
	Seconds float64   `json:"seconds"` // of each measurement
	Clients int       `json:"clients"`
	Rows    []row     `json:"rows"`
}

// tables prints what was sold, then what it cost.
func (r *report) tables(out io.Writer) error {
	_, _ = fmt.Fprintf(out, "\n%s\n\n", r.Machine) // what cannot be written, Flush reports
	heading := []string{"BOOKINGS", "TRACED /s", "p50 ms", "p99 ms", "UNTRACED /s", "p50 ms", "p99 ms", "TRACED / UNTRACED"}
	if err := table(out, heading, r.Rows, row.sold); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out)
	heading = []string{"PROCESSOR TIME, US A BOOKING", "SERVICES TRACED", "UNTRACED", "BROKER", "STORE", "ZIPKIN"}
	return table(out, heading, r.Rows, row.spent)
}

func table(out io.Writer, heading []string, rows []row, cells func(row) []string) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, strings.Join(heading, "\t"))
	for _, r := range rows {
		_, _ = fmt.Fprintln(w, strings.Join(cells(r), "\t"))
	}
	return w.Flush()
}

func (r row) sold() []string {
	cells := []string{r.String()}
	for _, f := range []figures{r.Traced, r.Untraced} {
		cells = append(cells, fmt.Sprintf("%.0f", f.PerSecond), fmt.Sprintf("%.1f", f.P50), fmt.Sprintf("%.1f", f.P99))
	}
	return append(cells, fmt.Sprintf("%.2f", r.Traced.PerSecond/r.Untraced.PerSecond))
}

// spent is of the traced sale, but for one column.
func (r row) spent() []string {
	cells := []string{r.String(), fmt.Sprintf("%.0f", r.Traced.Processor[services]), fmt.Sprintf("%.0f", r.Untraced.Processor[services])}
	for _, part := range []string{broker, store, zipkin} {
		text := "-" // it is in the services
		if micros, there := r.Traced.Processor[part]; there {
			text = fmt.Sprintf("%.0f", micros)
		}
		cells = append(cells, text)
	}
	return cells
}
