package process

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/tracing"
	"github.com/myevents/myevents/platform/telemetry/zipkin"
)

// spansPath is where a Zipkin takes spans, below its base URL.
const spansPath = "/api/v2/spans"

// zipkinURL returns the base URL of the Zipkin that spans go to; empty where they go elsewhere.
func zipkinURL(s tracing.Settings) string {
	if s.Exporter() != "zipkin" {
		return ""
	}
	base, isZipkins := strings.CutSuffix(cmp.Or(s.ExporterZipkinEndpoint, zipkin.DefaultURL), spansPath)
	if !isZipkins {
		return ""
	}
	return base
}

// traces returns the way to Zipkin's API over the platform's traces; see Env.
func (h *Host) traces(t *telemetry.Telemetry) func(url string) (Peer, bool) {
	return func(url string) (Peer, bool) {
		var transport http.RoundTripper
		switch url = cmp.Or(url, h.zipkin); {
		case url != "":
			// Asked now and then by a person: a connection that waits for the next question would be wasted.
			transport = &http.Transport{DisableKeepAlives: true}
		case h.TraceStore != nil:
			url, transport = "http://traces", httpserver.InMemory(h.TraceStore)
		default:
			return Peer{}, false
		}
		client := &http.Client{Transport: t.Transport("zipkin", transport), Timeout: callTimeout}
		return Peer{URL: strings.TrimSuffix(url, "/"), Client: client}, true
	}
}
