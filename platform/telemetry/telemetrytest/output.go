// Package telemetrytest helps tests to look at what a platform tells of itself.
package telemetrytest

import (
	"bytes"
	"strings"
	"sync"
)

// Output takes what services write, such as their log, while a test reads it. It is an io.Writer, safe for concurrent use;
// the zero value is empty.
type Output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes lines, whole or not.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String returns everything that was written.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// With returns how many lines contain all the parts.
func (o *Output) With(parts ...string) (n int) {
	for line := range strings.Lines(o.String()) {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(line, p)
		}
		if all {
			n++
		}
	}
	return n
}
