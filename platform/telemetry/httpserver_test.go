package telemetry_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/telemetry"
)

func TestBrokenConnectionIsToldToo(t *testing.T) {
	t.Parallel()
	o := listen(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /half", func(w http.ResponseWriter, r *http.Request) {
		_, called := o.telemetry.Tracer.Start(r.Context(), "called")
		called.End()
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		o.telemetry.Server(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/half", http.NoBody))
	})
	called, span := o.spans.Ended()[0], o.spans.Ended()[1]
	require.Equal(t, "GET /half", span.Name())
	require.Equal(t, codes.Error, span.Status().Code)
	require.Equal(t, span.SpanContext().SpanID(), called.Parent().SpanID(), "whom it called has a parent")
	require.InEpsilon(t, 500, o.lines(t)[0]["http.response.status_code"], 0)
}

func TestHandlersMayGiveTheRequestAnotherContext(t *testing.T) {
	t.Parallel()
	o := listen(t)
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	own := r.Context()
	o.telemetry.Server(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		assert.True(t, trace.SpanFromContext(r.Context()).IsRecording())
		*r = *r.WithContext(t.Context())
		r.Pattern = "GET /chosen"
	})).ServeHTTP(httptest.NewRecorder(), r)
	require.Equal(t, own, r.Context(), "the caller's request is left alone")
	require.Equal(t, "GET /chosen", o.spans.Ended()[0].Name())
}

func TestAnswerWithoutEndIsToldWhenItsHeadIsOut(t *testing.T) {
	t.Parallel()
	o := listen(t)
	o.telemetry.Server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Pattern = "GET /stream"
		w.WriteHeader(http.StatusOK)
		assert.Empty(t, o.spans.Ended())
		w.(interface{ HeadOut() }).HeadOut()
		assert.Len(t, o.spans.Ended(), 1)
		_, _ = io.WriteString(w, "and so on")
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/stream", http.NoBody))
	require.Len(t, o.spans.Ended(), 1)
	require.Equal(t, "GET /stream", o.spans.Ended()[0].Name())
	require.Equal(t, codes.Unset, o.spans.Ended()[0].Status().Code)
	require.Len(t, o.lines(t), 1)
}

func TestExemplarStaysForAMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 20, 0, 0, 0, time.UTC)
	spans, registry := tracetest.NewSpanRecorder(), prometheus.NewRegistry()
	voice, err := telemetry.New(telemetry.Options{
		Service: "booking", Logs: io.Discard, Registry: registry, SpanProcessors: []sdktrace.SpanProcessor{spans},
		Clock: func() time.Time { return now },
	})
	require.NoError(t, err)
	server := voice.Server(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	var traces []string
	for _, pause := range []time.Duration{0, 9 * time.Millisecond, time.Millisecond} {
		now = now.Add(pause)
		server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
		last := spans.Ended()[len(spans.Ended())-1].SpanContext().TraceID().String()
		switch exemplar := exemplarOf(t, registry, "http_server_request_duration_seconds"); pause {
		case 9 * time.Millisecond:
			require.Equal(t, traces[0], exemplar, "a scrape has had no chance to see the one before")
		default:
			require.Equal(t, last, exemplar)
		}
		traces = append(traces, last)
	}
}

// exemplarOf returns the trace id in the first bucket of the histogram's only series with requests.
func exemplarOf(t *testing.T, registry *prometheus.Registry, name string) string {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && m.GetHistogram().GetSampleCount() > 0 {
				return label(m.GetHistogram().GetBucket()[0].GetExemplar().GetLabel(), "trace_id")
			}
		}
	}
	return ""
}

func label(labels []*dto.LabelPair, name string) string {
	for _, l := range labels {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}
