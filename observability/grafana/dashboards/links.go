package dashboards

import (
	"net/url"
	"strings"
)

// Where the links out of Grafana lead: the addresses of compose.yaml, as a browser on the same machine has them.
const (
	kibana   = "http://localhost:5601"
	runbooks = "https://github.com/myevents/myevents/blob/main/observability/runbooks/"

	// dataView is the id of the logs in Kibana.
	dataView = "logs"
)

// links lead to the log lines behind a panel, and to the runbooks of the alerts that watch it.
func (p Panel) links() []object {
	all := []object{}
	if p.Logs != "" {
		all = append(all, object{"title": "Logs", "url": discover(p.Logs), "targetBlank": true})
	}
	for _, alert := range p.Alerts {
		all = append(all, object{"title": "Runbook " + alert, "url": runbooks + alert + ".md", "targetBlank": true})
	}
	return all
}

// discover returns the address of a search in Kibana, for the time that the dashboard shows.
func discover(lucene string) string {
	state := "(dataSource:(dataViewId:'" + dataView + "',type:dataView),query:(language:lucene,query:'" + rison(lucene) + "'))"
	return kibana + "/app/discover#/?_g=(time:(from:'${__from:date:iso}',to:'${__to:date:iso}'))&_a=" + escape(state)
}

// rison escapes what ends a string in the notation that Kibana keeps its state in.
func rison(s string) string { return strings.NewReplacer("!", "!!", "'", "!'").Replace(s) }

// escape escapes text for an address, but for the variables in it, which Grafana fills in.
func escape(s string) string {
	text := strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	return strings.NewReplacer("%24%7B", "${", "%7D", "}", "%28", "(", "%29", ")", "%2C", ",", "%3A", ":").Replace(text)
}
