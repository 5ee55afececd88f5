package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/telemetry"
)

// told is what a service under test has told.
type told struct {
	telemetry *telemetry.Telemetry
	registry  *prometheus.Registry
	spans     *tracetest.SpanRecorder
	logs      *bytes.Buffer
}

func listen(t *testing.T) told {
	t.Helper()
	out := told{registry: prometheus.NewPedanticRegistry(), spans: tracetest.NewSpanRecorder(), logs: &bytes.Buffer{}}
	var err error
	out.telemetry, err = telemetry.New(telemetry.Options{
		Service: "booking", Version: "1.2.3", Environment: "test", Logs: out.logs, Registry: out.registry,
		SpanProcessors: []sdktrace.SpanProcessor{out.spans}, MessagingSystem: "nats",
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, out.telemetry.Shutdown(context.Background())) })
	return out
}

func (o told) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for l := range strings.Lines(o.logs.String()) {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(l), &line), l)
		lines = append(lines, line)
	}
	return lines
}

func attributes(s sdktrace.ReadOnlySpan) map[string]any {
	found := map[string]any{}
	for _, kv := range s.Attributes() {
		found[string(kv.Key)] = kv.Value.AsInterface()
	}
	return found
}

func serve(o told, method, path string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /bookings/{id}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	mux.HandleFunc("GET /broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	r := httptest.NewRequest(method, path, http.NoBody)
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	w := httptest.NewRecorder()
	o.telemetry.Server(mux).ServeHTTP(w, r)
	return w
}

func TestRequestIsToldInAllThreeSignals(t *testing.T) {
	t.Parallel()
	o := listen(t)
	serve(o, http.MethodGet, "/bookings/42")

	require.Len(t, o.spans.Ended(), 1)
	span := o.spans.Ended()[0]
	require.Equal(t, "GET /bookings/{id}", span.Name())
	require.Equal(t, trace.SpanKindServer, span.SpanKind())
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", span.SpanContext().TraceID().String())
	require.Equal(t, "b7ad6b7169203331", span.Parent().SpanID().String())
	require.Equal(t, codes.Unset, span.Status().Code, "a 404 is the client's, not the server's error")
	require.Subset(t, attributes(span), map[string]any{
		"http.request.method": "GET", "http.route": "/bookings/{id}", "http.response.status_code": int64(404), "url.path": "/bookings/42",
	})

	line := o.lines(t)[0]
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", line["trace.id"])
	require.Equal(t, span.SpanContext().SpanID().String(), line["span.id"])
	require.Equal(t, "info", line["log.level"])
	require.Equal(t, "booking", line["service.name"])
	require.InEpsilon(t, 404, line["http.response.status_code"], 0)
	_, err := time.Parse(time.RFC3339Nano, line["@timestamp"].(string))
	require.NoError(t, err)

	require.Equal(t, 1, testutil.CollectAndCount(o.registry, "http_server_request_duration_seconds"))
}

func TestServerErrorMarksTheSpan(t *testing.T) {
	t.Parallel()
	o := listen(t)
	serve(o, http.MethodGet, "/broken")
	span := o.spans.Ended()[0]
	require.Equal(t, codes.Error, span.Status().Code)
	require.Equal(t, "500", attributes(span)["error.type"])
}

func TestPathsAndInventedMethodsNeverBecomeLabels(t *testing.T) {
	t.Parallel()
	o := listen(t)
	for _, path := range []string{"/a", "/b", "/c/d", "/bookings/1", "/bookings/2"} {
		serve(o, http.MethodGet, path)
	}
	serve(o, "BREW", "/a")
	serve(o, "STEEP", "/b")
	require.Equal(t, 3, testutil.CollectAndCount(o.registry, "http_server_request_duration_seconds"),
		"a GET that matched, one that did not, and any other method")
}

func TestClientCallCarriesItsOwnSpan(t *testing.T) {
	t.Parallel()
	o := listen(t)
	var carried string
	peer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { carried = r.Header.Get("Traceparent") }))
	defer peer.Close()
	ctx, parent := o.telemetry.Tracer.Start(t.Context(), "parent")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, peer.URL+"/x", http.NoBody)
	require.NoError(t, err)
	res, err := o.telemetry.Transport("event", http.DefaultTransport).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	parent.End()

	span := o.spans.Ended()[0]
	require.Equal(t, trace.SpanKindClient, span.SpanKind())
	require.Equal(t, parent.SpanContext().SpanID(), span.Parent().SpanID())
	require.Contains(t, carried, span.SpanContext().SpanID().String())
	require.Equal(t, "event", attributes(span)["service.peer.name"])
}

func TestConsumerSpanIsChildOfTheProducerAndLinked(t *testing.T) {
	t.Parallel()
	o := listen(t)
	e := cloudevent.Event{ID: "1", Type: "booking.confirmed", Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	ctx, publish := o.telemetry.StartPublish(t.Context(), "booking", e)
	e.Trace = telemetry.Traceparent(ctx)
	publish.End()
	_, end := o.telemetry.StartProcess(t.Context(), "search", "booking", e)
	end(fault.Away("index", errors.New("full")))

	producer, consumer := o.spans.Ended()[0], o.spans.Ended()[1]
	require.Equal(t, "publish booking.confirmed", producer.Name())
	require.Equal(t, "b7ad6b7169203331", producer.Parent().SpanID().String())
	require.Equal(t, "process booking.confirmed", consumer.Name())
	require.Equal(t, producer.SpanContext().SpanID(), consumer.Parent().SpanID())
	require.Equal(t, producer.SpanContext().SpanID(), consumer.Links()[0].SpanContext.SpanID())
	require.Equal(t, "unavailable", attributes(consumer)["error.type"])
	require.Equal(t, "nats", attributes(consumer)["messaging.system"])
}

func TestConsumerSpanOfAMessageWithoutTraceIsARoot(t *testing.T) {
	t.Parallel()
	o := listen(t)
	_, end := o.telemetry.StartProcess(t.Context(), "search", "booking", cloudevent.Event{ID: "1", Type: "booking.confirmed"})
	end(nil)
	span := o.spans.Ended()[0]
	require.False(t, span.Parent().IsValid())
	require.Empty(t, span.Links())
	require.Equal(t, "booking", attributes(span)["messaging.destination.name"])
}

func TestStoreFailureIsToldAndAConflictIsNone(t *testing.T) {
	t.Parallel()
	o := listen(t)
	_, end := o.telemetry.StartDB(t.Context(), "sqlite", "INSERT", "bookings")
	end(errors.New("disk full"))
	_, end = o.telemetry.StartDB(t.Context(), "sqlite", "INSERT", "bookings")
	end(fault.New(fault.Conflict, "sold-out", "No seats are left."))
	require.Equal(t, codes.Error, o.spans.Ended()[0].Status().Code)
	require.Equal(t, codes.Unset, o.spans.Ended()[1].Status().Code)
}

func TestWithoutProcessorsIdsStillFlow(t *testing.T) {
	t.Parallel()
	logs := &bytes.Buffer{}
	quiet, err := telemetry.New(telemetry.Options{Service: "event", Logs: logs, Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	ctx, span := quiet.Tracer.Start(t.Context(), "x")
	require.False(t, span.IsRecording())
	require.Regexp(t, "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$", telemetry.Traceparent(ctx))
	quiet.Logger(ctx).Info().Msg("seen")
	require.Contains(t, logs.String(), span.SpanContext().TraceID().String())
}

func TestAuditLineSaysWhoDidWhat(t *testing.T) {
	t.Parallel()
	o := listen(t)
	o.telemetry.Audit(t.Context(), audit.Entry{Action: "show.book", User: "u1", Object: audit.Object{Type: "show", ID: "ada@example.org"},
		Reason: "sold-out", Details: []audit.Detail{{Name: "show.seats", Number: 2}}})
	require.Subset(t, o.lines(t)[0], map[string]any{
		"event.category": "audit", "event.action": "show.book", "event.outcome": "failure", "event.reason": "sold-out", "user.id": "u1",
		"audit.object.type": "show", "audit.object.id": "***", "show.seats": 2.0,
	})
}

func TestServiceCanComeBackUnderItsName(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	for range 2 {
		again, err := telemetry.New(telemetry.Options{Service: "event", Logs: &bytes.Buffer{}, Registry: registry})
		require.NoError(t, err)
		again.Registerer.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "own", Help: "The app's own."}))
		require.NoError(t, again.Shutdown(t.Context()))
	}
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Empty(t, families)
}

func TestUnknownLevelIsRefused(t *testing.T) {
	t.Parallel()
	_, err := telemetry.New(telemetry.Options{Level: "loud", Registry: prometheus.NewRegistry()})
	require.ErrorContains(t, err, "debug, info, warn or error")
}
