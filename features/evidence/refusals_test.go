package evidence

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/operations"
)

// refusals plants mistakes in a dashboard, one at a time, and expects each to be found.
func refusals(t *testing.T, w walker) {
	good := w.at.dashboards[slices.IndexFunc(w.at.dashboards, func(d operations.Dashboard) bool { return d.UID == "platform" })]
	good.Panels = good.Panels[3:6] // the requests, their errors and how long they took
	text, err := json.Marshal(good)
	require.NoError(t, err)
	for _, c := range []struct {
		mistake string
		plant   func(*operations.Dashboard)
		want    string
	}{
		{"a misspelt metric", query(`rate(http_server_request_duration_second_count[$__rate_interval])`), "has no series"},
		{"a misspelt label", query(`rate(http_server_request_duration_seconds_count{servce="x"}[$__rate_interval])`), `has no label "servce"`},
		{"a label to group by that is not there", query(`sum by (route) (rate(http_server_request_duration_seconds_count[1s]))`), `"route"`},
		{"a query that is none", query(`sum by (`), "parse error"},
		{"a label's value that never comes", query(`rate(http_server_request_duration_seconds_count{service="bookings"}[1s])`), "emptiness"},
		{"zeros", query(`rate(log_lines_total{level="debug"}[$__rate_interval])`), "zeros"},
		{"a ratio shown as requests", query(`rate(log_lines_total[1s]) / rate(log_lines_total[1s])`), `the unit "reqps"`},
		{"seconds that are a point in time", unit("s", `myevents_deployment_timestamp_seconds`), "a point in time"},
		{"bytes shown as seconds", unit("s", `process_resident_memory_bytes`), "gives bytes"},
		{"a counter without a rate", query(`log_lines_total`), "gives things"},
		{"seconds compared with bytes", query(`process_start_time_seconds > process_resident_memory_bytes`), "do not go together"},
		{"a legend without its label", func(d *operations.Dashboard) { d.Panels[0].Targets[0].LegendFormat = "{{route}}" }, "the legend"},
		{"no unit", func(d *operations.Dashboard) { d.Panels[0].FieldConfig.Defaults.Unit = "" }, "has no unit"},
		{"no description", func(d *operations.Dashboard) { d.Panels[0].Description = "" }, "a description"},
		{"no thresholds", func(d *operations.Dashboard) { d.Panels[0].FieldConfig.Defaults.Thresholds.Steps = nil }, "no thresholds"},
		{"no query", func(d *operations.Dashboard) { d.Panels[0].Targets = nil }, "no query"},
		{"a runbook that is not there", address(operations.Repository + "observability/runbooks/Nothing.md"), "no such file"},
		{"a heading that is not there", address(operations.Repository + "docs/telemetry.md#nothing"), "no heading"},
		{"a dashboard that is not there", address("/d/nothing"), "no dashboard"},
		{"a variable that is not there", address("/d/service?var-name=x"), `no variable "name"`},
		{"a server that is not there", address("http://localhost:1234/"), "nothing in compose.yaml"},
		{"a field that log lines do not have", address(
			"http://localhost:5601/app/discover#/?_a=(dataSource:(dataViewId:'logs'),query:(language:lucene,query:'service:x'))"), `"service"`},
		{"a data view that is not there", address(
			"http://localhost:5601/app/discover#/?_a=(dataSource:(dataViewId:'lines'),query:(language:lucene,query:'log.level:error'))"), `"lines"`},
		{"a data source that is not there", func(d *operations.Dashboard) { d.Panels[0].Datasource.UID = "mimir" }, "no data source mimir"},
		{"panels on top of each other", func(d *operations.Dashboard) { d.Panels[1].GridPos = d.Panels[0].GridPos }, "overlaps"},
		{"a panel out of order", func(d *operations.Dashboard) {
			d.Panels[0].GridPos.Y++
		}, "is above"},
		{"too many panels", func(d *operations.Dashboard) { d.Panels = slices.Repeat(d.Panels, 5) }, "at a glance"},
		{"an annotation that is no point in time", func(d *operations.Dashboard) {
			d.Annotations.List[0].Target.Expr = "myevents_build_info"
		}, "no point in time"},
	} {
		t.Run(c.mistake, func(t *testing.T) {
			var bad operations.Dashboard
			require.NoError(t, json.Unmarshal(text, &bad))
			c.plant(&bad)
			require.ErrorContains(t, w.dashboard(t.Context(), bad), c.want)
		})
	}
	t.Run("an example that leads nowhere", func(t *testing.T) {
		w.traced = func(string) bool { return false }
		require.ErrorContains(t, w.dashboard(t.Context(), good), "leads to a trace")
	})
	t.Run("a runbook's query that finds nothing", func(t *testing.T) {
		page := operations.Page{Lines: []string{"1. Look", "   ```promql", `   up{job="nothing"}`, "   ```"}}
		require.ErrorContains(t, w.runbook(t.Context(), page), `up{job="nothing"} finds nothing`)
	})
}

// query replaces that of the first panel, which shows requests.
func query(text string) func(*operations.Dashboard) {
	return func(d *operations.Dashboard) {
		d.Panels[0].Targets[0].Expr, d.Panels[0].Targets[0].LegendFormat = text, ""
	}
}

func unit(name, text string) func(*operations.Dashboard) {
	return func(d *operations.Dashboard) {
		query(text)(d)
		d.Panels[0].FieldConfig.Defaults.Unit = name
	}
}

func address(url string) func(*operations.Dashboard) {
	return func(d *operations.Dashboard) { d.Panels[0].Links = []operations.PanelLink{{Title: "Link", URL: url}} }
}
