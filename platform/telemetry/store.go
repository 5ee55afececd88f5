package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/fault"
)

// togetherKey is the context key of the contexts that a context stands for.
type togetherKey struct{}

// Together returns a context for what is done at once for several messages, such as one commit of what they bring: it is
// ctx, but a store operation in it is part of the trace of each of them. One message's context stands for itself.
func Together(ctx context.Context, messages []context.Context) context.Context {
	if len(messages) == 1 {
		return messages[0]
	}
	return context.WithValue(ctx, togetherKey{}, messages)
}

// StartDB starts the client span of a store operation such as ("sqlite", "INSERT", "bookings"). The returned function
// ends it and observes the duration; an error the caller can act on, such as a conflict, is no failure of the store.
//
// In a context made by Together it starts a span for each of the messages that are sampled, with the number of messages.
func (t *Telemetry) StartDB(ctx context.Context, system, operation, collection string) (context.Context, func(error)) {
	start := t.options.Clock()
	ctx, spans := t.startStoreSpans(ctx, start, system, operation, collection)
	return ctx, func(err error) {
		kind := ""
		if k := fault.KindOf(err); err != nil && (k == fault.Internal || k == fault.Unavailable) {
			kind = errorType(err)
		}
		end := t.options.Clock()
		ending := []trace.SpanEndOption{trace.WithTimestamp(end)}
		for _, span := range spans {
			if kind != "" {
				fail(span, err)
			}
			span.End(ending...)
		}
		t.database.observe(start, end, trace.SpanContextFromContext(ctx), system, operation, kind)
	}
}

// startStoreSpans returns a context for what the operation itself does: that of the only span, or ctx where there are several.
func (t *Telemetry) startStoreSpans(
	ctx context.Context, start time.Time, system, operation, collection string,
) (context.Context, []trace.Span) {
	if _, none := t.Tracer.(unrecorded); none {
		return ctx, nil
	}
	name, options := operation+" "+collection, []trace.SpanStartOption{t.clientKind, trace.WithTimestamp(start)}
	attributes := t.attributes.Get().(*[]attribute.KeyValue) // the spans copy them
	defer t.attributes.Put(attributes)
	*attributes = append((*attributes)[:0],
		attribute.String("db.system.name", system),
		attribute.String("db.operation.name", operation),
		attribute.String("db.collection.name", collection),
	)
	messages, together := ctx.Value(togetherKey{}).([]context.Context)
	if !together {
		ctx, span := t.Tracer.Start(ctx, name, options...)
		span.SetAttributes(*attributes...)
		return ctx, []trace.Span{span}
	}
	*attributes = append(*attributes, attribute.Int("db.operation.batch.size", len(messages)))
	spans := make([]trace.Span, 0, len(messages))
	for _, m := range messages {
		if trace.SpanContextFromContext(m).IsSampled() {
			_, span := t.Tracer.Start(m, name, options...)
			span.SetAttributes(*attributes...)
			spans = append(spans, span)
		}
	}
	return ctx, spans
}
