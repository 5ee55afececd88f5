package tracing_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/telemetry/tracing"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	spanID  = "b7ad6b7169203331"
)

func TestPropagators(t *testing.T) {
	t.Parallel()
	w3c := map[string]string{"traceparent": "00-" + traceID + "-" + spanID + "-01"}
	single := map[string]string{"b3": traceID + "-" + spanID + "-1"}
	multi := map[string]string{"x-b3-traceid": traceID, "x-b3-spanid": spanID, "x-b3-sampled": "1"}
	for name, c := range map[string]struct {
		understood []map[string]string
		ignored    []map[string]string
		sent       []string
	}{
		"":             {understood: []map[string]string{w3c, single, multi}, sent: []string{"traceparent"}},
		"tracecontext": {understood: []map[string]string{w3c}, ignored: []map[string]string{single, multi}, sent: []string{"traceparent"}},
		"b3":           {understood: []map[string]string{single, multi}, ignored: []map[string]string{w3c}, sent: []string{"b3"}},
		"b3multi": {
			understood: []map[string]string{single, multi}, ignored: []map[string]string{w3c}, sent: []string{"x-b3-traceid"},
		},
		"tracecontext, b3,b3": {understood: []map[string]string{w3c, single, multi}, sent: []string{"traceparent", "b3"}},
		"none":                {ignored: []map[string]string{w3c, single, multi}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			propagator := open(t, map[string]string{"OTEL_PROPAGATORS": name}, nil).Propagator
			for _, headers := range c.understood {
				span := trace.SpanContextFromContext(propagator.Extract(t.Context(), propagation.MapCarrier(headers)))
				require.Equal(t, traceID, span.TraceID().String(), headers)
				require.Equal(t, spanID, span.SpanID().String(), headers)
				require.True(t, span.IsSampled() && span.IsRemote(), headers)
			}
			for _, headers := range c.ignored {
				require.Equal(t, t.Context(), propagator.Extract(t.Context(), propagation.MapCarrier(headers)))
			}
			sent := propagation.MapCarrier{}
			propagator.Inject(trace.ContextWithSpanContext(t.Context(), ended.SpanContext()), sent)
			for _, header := range c.sent {
				require.NotEmpty(t, sent[header], header)
			}
			if len(c.sent) < 2 && name != "b3multi" {
				require.Len(t, sent, len(c.sent))
			}
		})
	}
}

func TestW3CWinsOverB3(t *testing.T) {
	t.Parallel()
	headers := propagation.MapCarrier{"traceparent": "00-" + traceID + "-" + spanID + "-01", "b3": spanID + "-" + spanID + "-1"}
	span := trace.SpanContextFromContext(tracing.DefaultPropagator().Extract(t.Context(), headers))
	require.Equal(t, traceID, span.TraceID().String())

	headers["traceparent"] = "00-broken"
	span = trace.SpanContextFromContext(tracing.DefaultPropagator().Extract(t.Context(), headers))
	require.Equal(t, "0000000000000000"+spanID, span.TraceID().String(), "B3 has ids of 64 bits, too")
}

func TestBaggageTravelsOnlyWhereAskedFor(t *testing.T) {
	t.Parallel()
	headers := propagation.MapCarrier{"baggage": "user=ada"}
	require.Zero(t, baggage.FromContext(tracing.DefaultPropagator().Extract(t.Context(), headers)).Len())
	asked := open(t, map[string]string{"OTEL_PROPAGATORS": "tracecontext,baggage"}, nil).Propagator
	require.Equal(t, "ada", baggage.FromContext(asked.Extract(t.Context(), headers)).Member("user").Value())
}

func TestRequestWithoutContextCostsNothing(t *testing.T) {
	propagator := tracing.DefaultPropagator()
	var none propagation.TextMapCarrier = propagation.MapCarrier{}
	require.Zero(t, testing.AllocsPerRun(100, func() { propagator.Extract(t.Context(), none) }))
}
