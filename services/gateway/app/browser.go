package app

import (
	"fmt"
	"net/url"

	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/browser"
	"github.com/myevents/myevents/services/gateway/forward"
)

// pageService is the service.name of the web page's spans.
const pageService = "web"

// browserOptions say what the page is told, and where its spans go.
func browserOptions(c Config, env *process.Env, services []*forward.Service, m *metrics) (browser.Options, error) {
	o := browser.Options{
		Identity: named(services, gateway.Identity), Clock: env.Clock,
		Links:       browser.Links{Zipkin: c.ZipkinLink, Grafana: c.GrafanaLink, Kibana: c.KibanaLink},
		SampleRatio: env.SampleRatio, Counted: func(outcome string, n int) { m.pageSpans.WithLabelValues(outcome).Add(float64(n)) },
	}
	for variable, link := range map[string]string{
		"ZIPKIN_LINK": c.ZipkinLink, "GRAFANA_LINK": c.GrafanaLink, "KIBANA_LINK": c.KibanaLink,
	} {
		if u, err := url.Parse(link); link != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			return o, fmt.Errorf("gateway: %s must be a URL such as https://zipkin.example, not %q", variable, link)
		}
	}
	if c.BrowserSpans {
		o.Spans = env.Telemetry.Elsewhere(pageService)
	}
	return o, nil
}
