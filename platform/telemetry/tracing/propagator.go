package tracing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// propagator returns the propagator of OTEL_PROPAGATORS.
func (s *Settings) propagator() (propagation.TextMapPropagator, error) {
	if s.Propagators == "" {
		return DefaultPropagator(), nil
	}
	var chosen []propagation.TextMapPropagator
	var names []string
	for name := range strings.SplitSeq(s.Propagators, ",") {
		name = strings.TrimSpace(name)
		if slices.Contains(names, name) {
			continue // the specification wants each once
		}
		names = append(names, name)
		switch name {
		case "tracecontext":
			chosen = append(chosen, propagation.TraceContext{})
		case "baggage":
			chosen = append(chosen, propagation.Baggage{})
		case "b3":
			chosen = append(chosen, b3Propagator(b3.B3SingleHeader))
		case "b3multi":
			chosen = append(chosen, b3Propagator(b3.B3MultipleHeader))
		case "none":
		default:
			return nil, oneOf("OTEL_PROPAGATORS", name, "tracecontext", "b3", "b3multi", "baggage", "none")
		}
	}
	if slices.Contains(names, "none") && len(names) > 1 {
		return nil, fmt.Errorf("OTEL_PROPAGATORS must not have none beside others, as in %q", s.Propagators)
	}
	return propagation.NewCompositeTextMapPropagator(chosen...), nil
}

// DefaultPropagator sends W3C trace context and understands B3 too, where there is no W3C header. It lets no baggage
// through: what strangers say should not travel on to everybody we call.
func DefaultPropagator() propagation.TextMapPropagator {
	return polyglot{b3: b3Propagator(b3.B3SingleHeader)}
}

// polyglot speaks W3C trace context and understands B3.
type polyglot struct {
	propagation.TraceContext
	b3 propagation.TextMapPropagator
}

// Extract implements propagation.TextMapPropagator.
func (p polyglot) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	extracted := p.TraceContext.Extract(ctx, carrier)
	if trace.SpanContextFromContext(extracted).IsRemote() {
		return extracted
	}
	return p.b3.Extract(ctx, carrier)
}

// b3Propagator understands both forms of B3 and writes the given one.
func b3Propagator(written b3.Encoding) propagation.TextMapPropagator {
	return frugal{b3.New(b3.WithInjectEncoding(written))}
}

// frugal spares requests without a B3 header the work and the memory that B3's propagator spends on them as well.
type frugal struct{ propagation.TextMapPropagator }

// Extract implements propagation.TextMapPropagator.
func (f frugal) Extract(ctx context.Context, carrier propagation.TextMapCarrier) context.Context {
	if carrier.Get("b3") == "" && carrier.Get("x-b3-traceid") == "" {
		return ctx
	}
	return f.TextMapPropagator.Extract(ctx, carrier)
}
