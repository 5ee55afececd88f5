package operations

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Dashboard is what Grafana reads from a file, as far as it says something.
type Dashboard struct {
	UID, Title, Description string
	SchemaVersion           int
	Panels                  []Panel
	Templating              struct{ List []Variable }
	Annotations             struct{ List []Annotation }
}

// Panel is one of a dashboard, in the order in which they are read.
type Panel struct {
	Type, Title, Description string
	Datasource               DataSource
	GridPos                  Rectangle
	Targets                  []Target
	Links                    []PanelLink
	FieldConfig              struct {
		Defaults struct {
			Unit       string
			Links      []PanelLink
			Thresholds struct{ Steps []Step }
		}
	}
}

// Target is a query of a panel.
type Target struct {
	RefID, Expr, LegendFormat string
	Datasource                DataSource
	Exemplar                  bool
}

// Step is a colour from a value on; the first has no value.
type Step struct {
	Color string
	Value *float64
}

// Variable is what whoever looks at a dashboard chooses.
type Variable struct {
	Name, Type string
	Datasource DataSource
	Query      struct{ Query string }
}

// Annotation is what is drawn across all graphs.
type Annotation struct {
	Name, TitleFormat, TextFormat, TagKeys string
	Datasource                             DataSource
	Target                                 struct{ Expr string }
}

// DataSource names one that Grafana is provisioned with.
type DataSource struct{ Type, UID string }

// PanelLink is where a panel leads to.
type PanelLink struct{ Title, URL string }

// Rectangle is where a panel is, in columns and rows.
type Rectangle struct{ X, Y, W, H int }

// Overlaps reports whether the two share a cell.
func (r Rectangle) Overlaps(other Rectangle) bool {
	return r.X < other.X+other.W && other.X < r.X+r.W && r.Y < other.Y+other.H && other.Y < r.Y+r.H
}

// ReadDashboards returns those of the folder observability.
func ReadDashboards(observability string) (all []Dashboard, err error) {
	files, err := filepath.Glob(filepath.Join(observability, "grafana", "dashboards", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var d Dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		all = append(all, d)
	}
	return all, nil
}

// Fill puts values in place of the variables of a query, by their names without the dollar sign.
func Fill(query string, values map[string]string) string {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, "${"+name+"}", value, "$"+name, value)
	}
	return strings.NewReplacer(pairs...).Replace(query)
}
