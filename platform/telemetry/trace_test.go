package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/platform/telemetry"
)

// asPropagated is what the OpenTelemetry propagator makes of a traceparent.
func asPropagated(traceparent string) trace.SpanContext {
	carrier := propagation.MapCarrier{"traceparent": traceparent}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
}

func TestTraceparentIsReadAndWrittenAsThePropagatorDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom([]string{"00", "01", "cc", "ff", "0G", "FF"}).Draw(t, "version")
		traceID := rapid.StringMatching(`[0-9a-f]{32}|0{32}|[0-9A-F]{32}|[0-9a-f]{31}`).Draw(t, "trace")
		spanID := rapid.StringMatching(`[0-9a-f]{16}|0{16}|[0-9a-g]{16}`).Draw(t, "span")
		flags := rapid.SampledFrom([]string{"00", "01", "02", "03", "ff", "0x", "1"}).Draw(t, "flags")
		rest := rapid.SampledFrom([]string{"", "", "", "-", "-more", "x"}).Draw(t, "rest")
		if version == "00" && rest == "-" {
			rest = "" // the propagator lets it pass; the specification does not
		}
		traceparent := version + "-" + traceID + "-" + spanID + "-" + flags + rest

		want := asPropagated(traceparent)
		ctx := telemetry.WithTraceparent(context.Background(), traceparent)
		got := trace.SpanContextFromContext(ctx)
		require.Equal(t, want.IsValid(), got.IsValid(), traceparent)
		if want.IsValid() {
			require.Equal(t, want.TraceID(), got.TraceID())
			require.Equal(t, want.SpanID(), got.SpanID())
			require.Equal(t, want.TraceFlags(), got.TraceFlags())
			require.True(t, got.IsRemote())
			carrier := propagation.MapCarrier{}
			propagation.TraceContext{}.Inject(ctx, carrier)
			require.Equal(t, carrier["traceparent"], telemetry.Traceparent(ctx))
		}
	})
}

func TestNoTraceparentLeavesTheContextAsItIs(t *testing.T) {
	t.Parallel()
	for _, traceparent := range []string{"", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"} {
		require.Equal(t, context.Background(), telemetry.WithTraceparent(context.Background(), traceparent))
	}
	require.Empty(t, telemetry.Traceparent(context.Background()))
}
