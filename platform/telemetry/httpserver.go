package telemetry

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// unmatched is the route of requests no route matches: a raw path must never become a label.
const unmatched = "unmatched"

// Server instruments next in one pass: the server span, the duration metric and the access line share one response
// writer and one clock reading. next must be (or lead to) a ServeMux that is handed the same *http.Request, so that
// its Pattern names the route.
func (t *Telemetry) Server(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := t.options.Clock()
		ctx := t.propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := t.Tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(start))
		r = r.WithContext(ctx)
		answer := &response{ResponseWriter: w, status: http.StatusOK}

		next.ServeHTTP(answer, r)

		end := t.options.Clock()
		route := Route(r)
		t.finishServerSpan(span, r, route, answer, end)
		observe(t.server.child(r.Method, route, answer.status), end.Sub(start).Seconds(), span.SpanContext())
		t.access(span.SpanContext(), r, route, answer, end.Sub(start))
	})
}

func (t *Telemetry) finishServerSpan(span trace.Span, r *http.Request, route string, answer *response, end time.Time) {
	if span.IsRecording() {
		span.SetName(r.Method + " " + route)
		span.SetAttributes(
			attribute.String("http.request.method", method(r.Method)),
			attribute.String("http.route", route),
			attribute.String("url.scheme", scheme(r)),
			attribute.String("url.path", r.URL.Path),
			attribute.Int("http.response.status_code", answer.status),
		)
		if answer.status >= http.StatusInternalServerError {
			span.SetAttributes(attribute.String("error.type", strconv.Itoa(answer.status)))
			span.SetStatus(codes.Error, "")
		}
	}
	span.End(trace.WithTimestamp(end))
}

func (t *Telemetry) access(span trace.SpanContext, r *http.Request, route string, answer *response, took time.Duration) {
	t.Log.Info().
		Str("trace.id", span.TraceID().String()).
		Str("span.id", span.SpanID().String()).
		Str("event.action", "http.request").
		Str("http.request.method", r.Method).
		Str("http.route", route).
		Str("url.path", r.URL.Path).
		Int("http.response.status_code", answer.status).
		Int64("http.response.body.bytes", answer.size).
		Int64("event.duration", took.Nanoseconds()).
		Msg("answered")
}

// Route returns the route that matched r, such as "/api/v1/events/{id}", without the method.
func Route(r *http.Request) string {
	if r.Pattern == "" {
		return unmatched
	}
	if _, path, found := strings.Cut(r.Pattern, " "); found {
		return path
	}
	return r.Pattern
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// method keeps invented methods out of labels and attributes.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return m
	default:
		return "_OTHER"
	}
}

// response remembers what was answered.
type response struct {
	http.ResponseWriter
	status int
	size   int64
	wrote  bool
}

func (r *response) WriteHeader(status int) {
	if !r.wrote && status >= http.StatusOK {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *response) Write(p []byte) (int, error) {
	r.wrote = true
	n, err := r.ResponseWriter.Write(p)
	r.size += int64(n)
	return n, err
}

// WriteShared passes on bytes that nobody will modify, without a copy where the writer below can; see httpserver.
func (r *response) WriteShared(p []byte) (int, error) {
	below, ok := r.ResponseWriter.(interface{ WriteShared(p []byte) (int, error) })
	if !ok {
		return r.Write(p)
	}
	r.wrote = true
	n, err := below.WriteShared(p)
	r.size += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the writer below.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// httpMetrics is a duration histogram whose children are looked up without building label sets.
type httpMetrics struct {
	duration *prometheus.HistogramVec
	children sync.Map // httpLabels -> prometheus.Observer; bounded by methods × routes × statuses
}

type httpLabels struct {
	method, route string
	status        int
}

func newHTTPMetrics(name, help string) *httpMetrics {
	return &httpMetrics{duration: newHistogram(name, help, "http_request_method", "http_route", "http_response_status_code")}
}

func (m *httpMetrics) child(verb, route string, status int) prometheus.Observer {
	key := httpLabels{method(verb), route, status}
	if o, ok := m.children.Load(key); ok {
		return o.(prometheus.Observer)
	}
	code := strconv.Itoa(status)
	if status == 0 {
		code = "none" // no answer came
	}
	o := m.duration.WithLabelValues(key.method, route, code)
	m.children.Store(key, o)
	return o
}
