package telemetry

import (
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Transport instruments calls to a peer: a client span, the duration metric and the trace context in the headers. The
// metric's route is the peer's name: what path was asked for is in the span.
func (t *Telemetry) Transport(peer string, base http.RoundTripper) http.RoundTripper {
	return &transport{telemetry: t, peer: peer, base: base}
}

type transport struct {
	telemetry *Telemetry
	peer      string
	base      http.RoundTripper
}

// RoundTrip sets the trace headers on r itself rather than on a clone: the callers build a request for one use.
func (c *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t := c.telemetry
	start := t.options.Clock()
	ctx, span := t.Tracer.Start(r.Context(), r.Method, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(start))
	t.propagator.Inject(ctx, propagation.HeaderCarrier(r.Header))

	answer, err := c.base.RoundTrip(r.WithContext(ctx))

	end := t.options.Clock()
	status := 0
	if err == nil {
		status = answer.StatusCode
	}
	if span.IsRecording() {
		c.describe(span, r, status, err)
	}
	span.End(trace.WithTimestamp(end))
	observe(t.client.child(r.Method, c.peer, status), end.Sub(start).Seconds(), span.SpanContext())
	return answer, err
}

func (c *transport) describe(span trace.Span, r *http.Request, status int, err error) {
	span.SetAttributes(
		attribute.String("http.request.method", method(r.Method)),
		attribute.String("server.address", r.URL.Hostname()),
		attribute.String("url.path", r.URL.Path),
		attribute.String("peer.service", c.peer),
	)
	switch {
	case err != nil:
		span.SetAttributes(attribute.String("error.type", errorType(err)))
		span.SetStatus(codes.Error, "no answer")
	case status >= http.StatusBadRequest:
		span.SetAttributes(attribute.Int("http.response.status_code", status), attribute.String("error.type", strconv.Itoa(status)))
		span.SetStatus(codes.Error, "")
	default:
		span.SetAttributes(attribute.Int("http.response.status_code", status))
	}
}
