package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// schemaVersion is that of the classic dashboards of Grafana 12.1 and later; older ones are migrated when they are read.
const schemaVersion = 42

const (
	rowWidth      = 24
	defaultHeight = 8
)

// The data sources, as provisioning/datasources names them.
const prometheusUID = "prometheus"

// object is a JSON object; its keys are written in order, so the same dashboard gives the same bytes.
type object = map[string]any

// JSON returns the dashboard as Grafana reads it from a file.
func (d Dashboard) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false) // comparisons in queries stay readable
	err := e.Encode(object{
		"uid": d.UID, "title": d.Title, "description": d.Description, "tags": []string{"myevents"},
		"schemaVersion": schemaVersion, "editable": false, "graphTooltip": 1, // one crosshair on all panels
		"time": object{"from": "now-1h", "to": "now"}, "refresh": "10s", "timezone": "browser",
		"annotations": object{"list": []object{deployments()}},
		"links":       d.links(),
		"templating":  object{"list": d.variables()},
		"panels":      d.panels(),
	})
	return b.Bytes(), err
}

// deployments are lines across all graphs.
func deployments() object {
	return object{
		"name": "Deployments", "datasource": prometheus(), "enable": true, "iconColor": "blue",
		"target": object{
			"refId": "Anno", "interval": "60s",
			"expr": `1000 * myevents_deployment_timestamp_seconds * on (service, instance) group_left (version) myevents_build_info`,
		},
		"useValueForTime": true, // which is in milliseconds
		"titleFormat":     "{{service}} deployed", "textFormat": "version {{version}}", "tagKeys": "service",
	}
}

func prometheus() object { return object{"type": "prometheus", "uid": prometheusUID} }

// links lead to the other dashboards.
func (d Dashboard) links() []object {
	return []object{{
		"type": "dashboards", "title": "MyEvents", "tags": []string{"myevents"}, "asDropdown": false,
		"includeVars": false, "keepTime": true, "targetBlank": false, "icon": "external link", "tooltip": "", "url": "",
	}}
}

func (d Dashboard) variables() []object {
	all := []object{}
	for _, v := range d.Variables {
		query := fmt.Sprintf("label_values(%s, %s)", v.Metric, v.Of)
		all = append(all, object{
			"type": "query", "name": v.Name, "label": v.Label, "datasource": prometheus(),
			"query": object{"query": query, "refId": "variable"}, "definition": query,
			"refresh": 2, "sort": 1, "multi": false, "includeAll": false, // asked again with the time range; in order
		})
	}
	return all
}

func (d Dashboard) panels() []object {
	all := make([]object, 0, len(d.Panels))
	x, y, rowHeight := 0, 0, 0
	for i, p := range d.Panels {
		if x+p.Width > rowWidth {
			x, y, rowHeight = 0, y+rowHeight, 0
		}
		o := p.object(d.UID)
		o["id"] = i + 1
		o["gridPos"] = object{"x": x, "y": y, "w": p.Width, "h": p.height()}
		all = append(all, o)
		x, rowHeight = x+p.Width, max(rowHeight, p.height())
	}
	return all
}

func (p Panel) height() int {
	if p.Height == 0 {
		return defaultHeight
	}
	return p.Height
}

func (p Panel) object(dashboard string) object {
	return object{
		"type": p.Type, "title": p.Title, "description": p.text(), "datasource": prometheus(),
		"targets": p.targets(), "links": p.links(), "options": p.options(),
		"fieldConfig": object{
			"defaults": object{
				"unit": p.Unit, "min": 0, "thresholds": p.Thresholds.object(), "color": p.color(), "custom": p.custom(),
				"links": p.dataLinks(dashboard), "noValue": "nothing",
			},
			"overrides": []object{},
		},
	}
}

// text is the description; where a drill is what gives the panel something to show, it says so.
func (p Panel) text() string {
	text := p.Description
	for _, q := range p.Queries {
		if q.Drill != "" {
			text += fmt.Sprintf("\n\nQuiet while all is well; `make drill NAME=%s` shows it at work.", q.Drill)
		}
	}
	return text
}

func (p Panel) targets() []object {
	all := make([]object, 0, len(p.Queries))
	for i, q := range p.Queries {
		all = append(all, object{
			"refId": string(rune('A' + i)), "datasource": prometheus(), "editorMode": "code",
			"expr": q.PromQL, "legendFormat": q.Legend, "exemplar": q.Exemplars,
			"range": p.Type == Graph, "instant": p.Type != Graph, "format": "time_series",
		})
	}
	return all
}

// dataLinks lead from a line of a service to its dashboard.
func (p Panel) dataLinks(dashboard string) []object {
	if dashboard == serviceUID || !strings.Contains(p.legends(), "{{service}}") {
		return []object{}
	}
	return []object{{
		"title": "Service ${__field.labels.service}",
		"url":   "/d/" + serviceUID + "?var-service=${__field.labels.service}&${__url_time_range}", "targetBlank": false,
	}}
}

func (p Panel) legends() string {
	var all strings.Builder
	for _, q := range p.Queries {
		all.WriteString(q.Legend)
	}
	return all.String()
}
