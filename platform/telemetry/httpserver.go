package telemetry

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/auth"
)

// unmatched is the route of requests no route matches: a raw path must never become a label.
const unmatched = "unmatched"

// otherMethod is told in place of an invented method.
const otherMethod = "_OTHER"

// Server instruments next in one pass: the server span, the duration metric and the access line share one response
// writer and one clock reading. next must be (or lead to) a ServeMux that is handed the same *http.Request, so that
// its Pattern names the route. That request is a copy which belongs to the handlers behind: they may give it another context.
func (t *Telemetry) Server(next http.Handler) http.Handler { return &server{t, next} }

type server struct {
	telemetry *Telemetry
	next      http.Handler
}

// ServeHTTP implements http.Handler.
func (h *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := h.telemetry
	start := t.options.Clock()
	s := &serving{answer: response{ResponseWriter: w, status: http.StatusOK}, telemetry: t, start: start}
	s.answer.of = s
	ctx := t.start(t.propagator.Extract(r.Context(), headers(r.Header)), &s.span, r.Method, t.serverKind, start)
	s.request = *r.WithContext(ctx)
	// Deferred for handlers that break the connection: without its span those of all it called would have no parent.
	defer s.served()
	h.next.ServeHTTP(&s.answer, &s.request)
	s.returned = true
}

// serving is a request while it is served, in one allocation.
type serving struct {
	request  http.Request
	answer   response
	span     timedSpan
	returned bool // the handler did, and did not panic
	told     bool // of an answer that goes on; see HeadOut

	telemetry *Telemetry
	start     time.Time
}

// served tells of a request in all three signals, once.
func (s *serving) served() {
	if s.told {
		return
	}
	s.told = true
	if !s.returned {
		s.answer.status = http.StatusInternalServerError
	}
	t, start := s.telemetry, s.start
	end := t.options.Clock()
	r, same := &s.request, t.server.of(s.request.Method, s.request.Pattern, s.answer.status)
	if s.span.IsRecording() {
		t.describeServed(s.span, r, same)
	}
	s.span.end(end)
	same.observe(start, end, s.span.SpanContext())
	t.access(s.span.SpanContext(), r, same, s.answer.size, end.Sub(start))
}

func (t *Telemetry) describeServed(span trace.Span, r *http.Request, same *httpSeries) {
	span.SetName(same.name)
	attributes := t.attributes.Get().(*[]attribute.KeyValue) // the span copies them
	defer t.attributes.Put(attributes)
	*attributes = append((*attributes)[:0],
		attribute.String("http.request.method", same.method),
		attribute.String("url.scheme", scheme(r)),
		attribute.String("url.path", plainPath(r.URL.Path)),
		attribute.Int("http.response.status_code", same.status),
	)
	if same.route != unmatched {
		*attributes = append(*attributes, attribute.String("http.route", same.route))
	}
	if caller, ok := auth.FromContext(r.Context()); ok {
		*attributes = append(*attributes, attribute.String("user.hash", caller.Hash()))
	}
	if same.status >= http.StatusInternalServerError {
		*attributes = append(*attributes, attribute.String("error.type", same.code))
		span.SetStatus(codes.Error, "")
	}
	span.SetAttributes(*attributes...)
}

func newAttributes() *sync.Pool {
	return &sync.Pool{New: func() any { return new([]attribute.KeyValue) }}
}

func (t *Telemetry) access(span trace.SpanContext, r *http.Request, same *httpSeries, size int64, took time.Duration) {
	withIDs(t.Log.Info(), span).
		RawJSON("event.action", same.line).
		Str("url.path", plainPath(r.URL.Path)).
		Int64("http.response.body.bytes", size).
		Int64("event.duration", took.Nanoseconds()).
		Msg("answered")
}

// Route returns the route that matched r, such as "/api/v1/events/{id}", without the method.
func Route(r *http.Request) string { return routeOf(r.Pattern) }

func routeOf(pattern string) string {
	if pattern == "" {
		return unmatched
	}
	if _, path, found := strings.Cut(pattern, " "); found {
		return path
	}
	return pattern
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
		return otherMethod
	}
}

// response remembers what was answered.
type response struct {
	http.ResponseWriter
	of     *serving
	status int
	size   int64
	wrote  bool
}

// HeadOut tells of the request now: its answer goes on for as long as the client likes. See httpserver.HeadOut.
func (r *response) HeadOut() {
	r.of.returned = true // a stream that breaks later was answered all the same
	r.of.served()
}

// Started reports whether part of the answer is out, so that it cannot be taken back.
func (r *response) Started() bool { return r.wrote }

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

// httpMetrics is a duration histogram of requests, served or sent.
type httpMetrics struct {
	*prometheus.HistogramVec
	series *cache[httpKey, *httpSeries] // bounded by methods × routes × statuses
}

// noAnswer is the status of a call that got none.
const noAnswer = 0

// httpKey is what requests of one series have in common.
type httpKey struct {
	method, pattern string
	status          int
}

// httpSeries is a series with what is told of each of its requests.
type httpSeries struct {
	*series
	method, route string
	status        int    // or noAnswer
	code          string // the status as a label
	name          string // of the span
	line          []byte // the part of access lines that is the same for all: the value of event.action and the fields behind it
}

// newHTTPMetrics returns a histogram whose label place says which route was asked for, or which peer.
func newHTTPMetrics(name, help, place string) *httpMetrics {
	buckets := durationBuckets()
	vector := newHistogram(name, help, buckets, "http_request_method", place, "http_response_status_code")
	return &httpMetrics{vector, newCache(func(k httpKey) *httpSeries {
		s := &httpSeries{method: k.method, route: routeOf(k.pattern), status: k.status, code: strconv.Itoa(k.status)}
		if s.status == noAnswer {
			s.code = "none"
		}
		s.name = serverSpanName(s.method, s.route)
		s.line = fmt.Appendf(nil, `"http.request","http.request.method":%q,"http.route":%q,"http.response.status_code":%d`,
			s.method, s.route, s.status)
		s.series = newSeries(vector.WithLabelValues(s.method, s.route, s.code), buckets)
		return s
	})}
}

// serverSpanName follows the semantic conventions: the method, HTTP where it is none, and the route, if there is one.
func serverSpanName(method, route string) string {
	if method == otherMethod {
		method = "HTTP"
	}
	if route == unmatched {
		return method
	}
	return method + " " + route
}

// of returns the series of a request; pattern is the one that matched it, or the name of the peer it went to.
func (m *httpMetrics) of(verb, pattern string, status int) *httpSeries {
	return m.series.get(httpKey{method(verb), pattern, status})
}
