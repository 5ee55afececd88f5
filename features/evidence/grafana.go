package evidence

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// dashboard is what Grafana reads from a file, as far as it says something.
type dashboard struct {
	UID, Title, Description string
	SchemaVersion           int
	Panels                  []panel
	Templating              struct{ List []variable }
	Annotations             struct{ List []annotation }
}

type panel struct {
	Type, Title, Description string
	Datasource               source
	GridPos                  rectangle
	Targets                  []target
	Links                    []link
	FieldConfig              struct {
		Defaults struct {
			Unit       string
			Links      []link
			Thresholds struct{ Steps []struct{ Value *float64 } }
		}
	}
}

type target struct {
	RefID, Expr, LegendFormat string
	Datasource                source
	Exemplar                  bool
}

type variable struct {
	Name, Type string
	Datasource source
	Query      struct{ Query string }
}

type annotation struct {
	Name, TitleFormat, TextFormat, TagKeys string
	Datasource                             source
	Target                                 struct{ Expr string }
}

type source struct{ Type, UID string }

type link struct{ Title, URL string }

// rectangle is where a panel is, in columns and rows.
type rectangle struct{ X, Y, W, H int }

func (r rectangle) overlaps(other rectangle) bool {
	return r.X < other.X+other.W && other.X < r.X+r.W && r.Y < other.Y+other.H && other.Y < r.Y+r.H
}

// readDashboards returns the dashboards of a directory.
func readDashboards(dir string) (all []dashboard, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		all = append(all, d)
	}
	return all, nil
}

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
	pairs := []string{"$__rate_interval", duration(length), "$__interval", duration(length), "$__range", duration(length)}
	for name, value := range choice {
		pairs = append(pairs, "${"+name+"}", value, "$"+name, value)
	}
	return strings.NewReplacer(pairs...).Replace(query)
}

func duration(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }
