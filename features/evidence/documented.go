package evidence

import (
	"os"
	"regexp"
	"strings"
)

// metrics are names of labels by metric.
type metrics map[string]map[string]bool

// documented reads the tables of docs/telemetry.md whose first column is a metric. Histograms have their series too.
func documented(file string) (metrics, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all := metrics{}
	row := regexp.MustCompile("^\\| `([a-z_]+)` \\| ([a-z]+) \\| ([^|]+) \\|")
	label := regexp.MustCompile("`([a-z_]+)`")
	for line := range strings.Lines(string(text)) {
		cells := row.FindStringSubmatch(line)
		if cells == nil {
			continue
		}
		labels := map[string]bool{"job": true, "instance": true}
		for _, name := range label.FindAllStringSubmatch(cells[3], -1) {
			labels[name[1]] = true
		}
		all[cells[1]] = labels
		if cells[2] == "histogram" {
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				all[cells[1]+suffix] = labels
			}
		}
	}
	return all, nil
}
