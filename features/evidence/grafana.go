package evidence

import (
	"fmt"
	"maps"
	"regexp"
	"time"

	"github.com/myevents/myevents/features/operations"
)

// labelsIn returns the labels that a legend or a title names in {{ }}.
func labelsIn(format string) (names []string) {
	for _, match := range regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`).FindAllStringSubmatch(format, -1) {
		names = append(names, match[1])
	}
	return names
}

// variableQuery reads label_values(metric, label).
func variableQuery(text string) (metric, label string, err error) {
	match := regexp.MustCompile(`^label_values\(([a-z_]+), ([a-z_]+)\)$`).FindStringSubmatch(text)
	if match == nil {
		return "", "", fmt.Errorf("the variable's query %q is none of the form label_values(metric, label)", text)
	}
	return match[1], match[2], nil
}

// fill puts values in place of the variables, as Grafana does for a dashboard that shows so long a time on few points: intervals
// are as long as that, since on a busy machine scrapes come when they can.
func fill(query string, choice map[string]string, length time.Duration) string {
	values := maps.Clone(choice)
	for _, interval := range []string{"__rate_interval", "__interval", "__range"} {
		values[interval] = fmt.Sprintf("%dms", length.Milliseconds())
	}
	return operations.Fill(query, values)
}
