package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/gateway/app"
)

const spansPath = "/api/v1/browser/spans"

// observed is a gateway that keeps its spans and those it is told of.
func observed(t *testing.T, c app.Config) (world, *tracetest.SpanRecorder, *prometheus.Registry) {
	t.Helper()
	spans, registry := tracetest.NewSpanRecorder(), prometheus.NewRegistry()
	env := environment(t, nil, beside{})
	var err error
	env.Telemetry, err = telemetry.New(telemetry.Options{
		Service: "gateway", Logs: io.Discard, Registry: registry, SpanProcessors: []sdktrace.SpanProcessor{spans},
	})
	require.NoError(t, err)
	env.SampleRatio = 0.25
	a, err := app.New(t.Context(), c, env)
	require.NoError(t, err)
	return world{handler: a.Handler()}, spans, registry
}

func withSpans() app.Config {
	c := config()
	c.BrowserSpans = true
	return c
}

// span returns a span of the page as JSON; change may break it.
func span(change func(map[string]any)) string {
	s := map[string]any{
		"trace_id": traceID, "span_id": "00000000000000b1", "name": "click Book", "started_at_us": time.Now().UnixMicro(), "duration_us": 2500,
	}
	if change != nil {
		change(s)
	}
	text, _ := json.Marshal(s)
	return string(text)
}

func report(spans ...string) string { return `{"spans":[` + strings.Join(spans, ",") + `]}` }

func TestSpansOfThePageBecomeSpansOfTheServiceWeb(t *testing.T) {
	t.Parallel()
	w, spans, registry := observed(t, withSpans())
	began := time.Now().Add(-time.Minute).Truncate(time.Microsecond)
	answer := w.send(http.MethodPost, spansPath, report(
		span(func(s map[string]any) { s["started_at_us"] = began.UnixMicro() }),
		span(func(s map[string]any) {
			s["span_id"], s["parent_span_id"], s["kind"], s["name"] = "00000000000000b2", "00000000000000b1", "client", "POST"
			s["tags"], s["error"] = map[string]string{"http.request.method": "POST"}, "no answer"
		}),
	))
	require.Equal(t, http.StatusAccepted, answer.Code, answer.Body.String())

	ended := tracetest.SpanStubsFromReadOnlySpans(spans.Ended())
	require.Len(t, ended, 2)
	root, call := ended[0], ended[1]
	require.Equal(t, traceID, root.SpanContext.TraceID().String())
	require.Equal(t, "00000000000000b1", root.SpanContext.SpanID().String())
	require.False(t, root.Parent.IsValid())
	require.True(t, root.SpanContext.IsSampled())
	require.Equal(t, "click Book", root.Name)
	require.True(t, began.Equal(root.StartTime))
	require.Equal(t, 2500*time.Microsecond, root.EndTime.Sub(root.StartTime))
	require.Contains(t, root.Resource.String(), "service.name=web")
	require.Equal(t, root.SpanContext.SpanID(), call.Parent.SpanID())
	require.Equal(t, root.SpanContext.TraceID(), call.SpanContext.TraceID())
	require.Equal(t, "client", call.SpanKind.String())
	require.Equal(t, "no answer", call.Status.Description)
	require.Len(t, call.Attributes, 1)

	require.Equal(t, http.StatusBadRequest, w.send(http.MethodPost, spansPath, report(span(nil), span(func(s map[string]any) {
		s["span_id"] = strings.Repeat("0", 16)
	}))).Code)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP myevents_browser_spans_total Spans in well-formed reports of the web page, by what became of them.
# TYPE myevents_browser_spans_total counter
myevents_browser_spans_total{outcome="accepted",service="gateway"} 2
myevents_browser_spans_total{outcome="refused",service="gateway"} 2
`), "myevents_browser_spans_total"))
	require.Len(t, spans.Ended(), 2, "all of a report, or none")
}

func TestSpansOfThePageAreBounded(t *testing.T) {
	t.Parallel()
	w, spans, _ := observed(t, withSpans())
	set := func(field string, value any) string { return span(func(s map[string]any) { s[field] = value }) }
	many := make([]string, 51)
	tags := map[string]string{}
	for i := range many {
		many[i] = span(nil)
		tags[fmt.Sprint(i)] = ""
	}
	for field, body := range map[string]string{
		"spans":                          report(many...),
		"spans[0].trace_id":              report(set("trace_id", strings.Repeat("0", 32))),
		"spans[0].span_id":               report(set("span_id", "B1")),
		"spans[0].parent_span_id":        report(set("parent_span_id", "00000000000000b1")),
		"spans[0].name":                  report(set("name", strings.Repeat("n", 101))),
		"spans[0].kind":                  report(set("kind", "server")),
		"spans[0].started_at_us":         report(set("started_at_us", time.Now().Add(-11*time.Minute).UnixMicro())),
		"spans[1].started_at_us":         report(span(nil), set("started_at_us", time.Now().Add(11*time.Minute).UnixMicro())),
		"spans[0].duration_us":           report(set("duration_us", 600000001)),
		"spans[0].error":                 report(set("error", strings.Repeat("e", 301))),
		"spans[0].tags":                  report(set("tags", tags)),
		"spans[0].tags.url.path":         report(set("tags", map[string]string{"url.path": strings.Repeat("p", 301)})),
		`spans[0].tags","rule":"must be`: report(set("tags", map[string]string{"service.name": "booking"})),
		"spans[0].service":               report(set("service", "booking")),
	} {
		answer := w.send(http.MethodPost, spansPath, body)
		require.Equal(t, http.StatusBadRequest, answer.Code, field)
		require.Contains(t, answer.Body.String(), `"field":"`+field, field)
	}
	require.Empty(t, spans.Ended())
}

func TestReportsOfSpansAreLimitedForEachClient(t *testing.T) {
	t.Parallel()
	w, _, registry := observed(t, withSpans())
	statuses := map[int]int{}
	for range 60 {
		statuses[w.send(http.MethodPost, spansPath, report(span(nil))).Code]++
	}
	require.GreaterOrEqual(t, statuses[http.StatusAccepted], 30)
	require.Positive(t, statuses[http.StatusTooManyRequests])
	limited, err := testutil.GatherAndCount(registry, "gateway_rate_limited_requests_total")
	require.NoError(t, err)
	require.Positive(t, limited)
	require.NotEqual(t, http.StatusTooManyRequests, w.send(http.MethodGet, "/api/v1/browser/settings", "").Code, "nothing else is")
}

func TestPageIsToldWhatItHasToKnow(t *testing.T) {
	t.Parallel()
	c := withSpans()
	c.ZipkinLink, c.KibanaLink = "https://zipkin.example", "http://kibana:5601/app"
	w, _, _ := observed(t, c)
	require.JSONEq(t, `{"links":{"zipkin":"https://zipkin.example","kibana":"http://kibana:5601/app"},"spans":true,"sample_ratio":0.25}`,
		w.send(http.MethodGet, "/api/v1/browser/settings", "").Body.String())

	for _, broken := range []app.Config{{ZipkinLink: "zipkin"}, {GrafanaLink: "javascript:alert(1)"}, {KibanaLink: "https://"}} {
		_, err := app.New(t.Context(), broken, environment(t, nil, beside{}))
		require.ErrorContains(t, err, "_LINK must be a URL")
	}
}

func TestSpansAreNotTakenWhereNobodyWantsThem(t *testing.T) {
	t.Parallel()
	off, spans, _ := observed(t, config())
	nowhere := newWorldWith(t, withSpans(), nil) // records none of its own, either
	for _, w := range []world{off, nowhere} {
		answer := w.send(http.MethodPost, spansPath, report(span(nil)))
		require.Equal(t, http.StatusNotFound, answer.Code)
		require.Contains(t, answer.Body.String(), "spans-not-taken")
		require.Contains(t, w.send(http.MethodGet, "/api/v1/browser/settings", "").Body.String(), `"spans":false`)
	}
	require.Empty(t, spans.Ended())
}
