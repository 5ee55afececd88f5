package drills

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// Record is what is to be told of the drills of a run. Its zero value is empty; it is safe for concurrent use.
type Record struct {
	mu    sync.Mutex
	lines []string
}

func (r *Record) add(name string, told []string, failure error) {
	outcome := "passed"
	if failure != nil {
		outcome = "FAILED"
		told = append(told, fmt.Sprintf("%.1000s", failure.Error()))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf("%-45s %s: fault at +0 s; %s", name, outcome, strings.Join(told, "; ")))
}

// Write writes a line a drill.
func (r *Record) Write(to io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.lines)
	_, err := fmt.Fprintln(to, strings.Join(r.lines, "\n"))
	return err
}
