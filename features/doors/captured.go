package doors

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

// Captured are log lines that processes wrote where the test can read them. The zero value is empty.
type Captured struct{ telemetrytest.Output }

// Find returns the lines with these values.
func (c *Captured) Find(_ context.Context, fields map[string]string) ([]Line, error) {
	return find(c.String(), fields)
}

func find(all string, fields map[string]string) (found []Line, err error) {
	for written := range strings.Lines(all) {
		if !strings.HasSuffix(written, "\n") {
			break // the rest is on its way
		}
		line := Line{}
		if err := json.Unmarshal([]byte(written), &line); err != nil {
			return nil, fmt.Errorf("the log line %q: %w", written, err)
		}
		if line.has(fields) {
			found = append(found, line)
		}
	}
	return found, nil
}

// has reports whether all fields are there with these values.
func (l Line) has(fields map[string]string) bool {
	for name, value := range fields {
		if got, ok := l[name]; !ok || text(got) != value {
			return false
		}
	}
	return true
}

// text is a field's value as it stands in the line.
func text(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// Several are the logs of several processes.
type Several []*Captured

// Find returns the lines of all processes with these values, by their times.
func (s Several) Find(_ context.Context, fields map[string]string) (found []Line, err error) {
	for _, logs := range s {
		lines, err := find(logs.String(), fields)
		if err != nil {
			return nil, err
		}
		found = append(found, lines...)
	}
	slices.SortStableFunc(found, func(a, b Line) int {
		return strings.Compare(text(a["@timestamp"]), text(b["@timestamp"]))
	})
	return found, nil
}
