package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// timedSpan is a span whose times are given. It keeps the options that say so: the SDK takes them in slices, which would be
// two allocations a span.
type timedSpan struct {
	trace.Span
	starting [2]trace.SpanStartOption
	ending   [1]trace.SpanEndOption
}

// start starts the span and returns the context that carries it.
func (t *Telemetry) start(ctx context.Context, s *timedSpan, name string, kind trace.SpanStartOption, at time.Time) context.Context {
	if _, none := t.Tracer.(unrecorded); none {
		ctx, s.Span = unrecorded{}.Start(ctx, name)
		return ctx
	}
	s.starting = [...]trace.SpanStartOption{kind, trace.WithTimestamp(at)}
	ctx, s.Span = t.Tracer.Start(ctx, name, s.starting[:]...)
	return ctx
}

func (s *timedSpan) end(at time.Time) {
	if s.IsRecording() {
		s.ending = [...]trace.SpanEndOption{trace.WithTimestamp(at)}
		s.End(s.ending[:]...)
	}
}
