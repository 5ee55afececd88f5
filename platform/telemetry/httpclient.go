package telemetry

import (
	"net/http"
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Transport instruments calls to a peer: a client span, the duration metric and the trace context in the headers. The
// metric's peer is that name: what path was asked for is in the span.
func (t *Telemetry) Transport(peer string, base http.RoundTripper) http.RoundTripper {
	t.declarePeer(peer)
	return &transport{telemetry: t, peer: peer, base: base}
}

type transport struct {
	telemetry *Telemetry
	peer      string
	base      http.RoundTripper
}

// sending is a request while it waits for its answer, in one allocation.
type sending struct {
	request http.Request
	span    timedSpan
}

// RoundTrip sets the trace headers on r itself rather than on a clone: the callers build a request for one use.
func (c *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t := c.telemetry
	start := t.options.Clock()
	s := &sending{}
	ctx := t.start(r.Context(), &s.span, r.Method, t.clientKind, start)
	t.propagator.Inject(ctx, headers(r.Header))
	s.request = *r.WithContext(ctx)

	answer, err := c.base.RoundTrip(&s.request)

	end := t.options.Clock()
	status := 0
	if err == nil {
		status = answer.StatusCode
	}
	same := t.client.of(r.Method, c.peer, status)
	if s.span.IsRecording() {
		c.describe(s.span, r, same, err)
	}
	s.span.end(end)
	same.observe(start, end, s.span.SpanContext())
	return answer, err
}

func (c *transport) describe(span trace.Span, r *http.Request, same *httpSeries, err error) {
	attributes := c.telemetry.attributes.Get().(*[]attribute.KeyValue) // the span copies them
	defer c.telemetry.attributes.Put(attributes)
	*attributes = append((*attributes)[:0],
		attribute.String("http.request.method", same.method),
		attribute.String("server.address", r.URL.Hostname()),
		attribute.Int("server.port", port(r.URL)),
		attribute.String("url.full", r.URL.Scheme+"://"+r.URL.Host+plainPath(r.URL.Path)), // queries may hold what is secret
		attribute.String("service.peer.name", c.peer),
	)
	switch {
	case err != nil:
		*attributes = append(*attributes, attribute.String("error.type", errorType(err)))
		span.SetStatus(codes.Error, "no answer")
	case same.status >= http.StatusBadRequest:
		*attributes = append(*attributes,
			attribute.Int("http.response.status_code", same.status), attribute.String("error.type", same.code))
		span.SetStatus(codes.Error, "")
	default:
		*attributes = append(*attributes, attribute.Int("http.response.status_code", same.status))
	}
	span.SetAttributes(*attributes...)
}

// port returns the port of u; its scheme has one where u names none.
func port(u *url.URL) int {
	if p, err := strconv.Atoi(u.Port()); err == nil {
		return p
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}
