package telemetry

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

// StartPublish starts the producer span of e as a child of the span that wrote it to the outbox. The caller ends the
// span when the broker has acknowledged the message, and publishes Traceparent(ctx) with it.
func (t *Telemetry) StartPublish(ctx context.Context, topic string, e cloudevent.Event) (context.Context, trace.Span) {
	return t.Tracer.Start(WithTraceparent(ctx, e.Trace), "publish "+e.Type,
		trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(t.message(topic, e, "send", "publish")...))
}

// StartProcess starts the consumer span of e: a child of its producer span, so that Zipkin shows one trace, and linked
// to it, as the conventions ask. The returned function ends the span and observes the duration.
func (t *Telemetry) StartProcess(ctx context.Context, service, topic string, e cloudevent.Event) (context.Context, func(error)) {
	start := t.options.Clock()
	ctx = WithTraceparent(ctx, e.Trace)
	producer := trace.LinkFromContext(ctx)
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindConsumer), trace.WithTimestamp(start)}
	if producer.SpanContext.IsSampled() {
		options = append(options, trace.WithLinks(producer), trace.WithAttributes(t.message(topic, e, "process", "process")...),
			trace.WithAttributes(attribute.String("messaging.consumer.group.name", service)))
	}
	ctx, span := t.Tracer.Start(ctx, "process "+e.Type, options...)
	return ctx, func(err error) {
		outcome := "success"
		if err != nil {
			outcome = fault.KindOf(err).String()
			fail(span, err)
		}
		end := t.options.Clock()
		span.End(trace.WithTimestamp(end))
		observe(t.process.WithLabelValues(topic, e.Type, outcome), end.Sub(start).Seconds(), span.SpanContext())
	}
}

func (t *Telemetry) message(topic string, e cloudevent.Event, kind, name string) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("messaging.system", t.options.MessagingSystem),
		attribute.String("messaging.operation.type", kind),
		attribute.String("messaging.operation.name", name),
		attribute.String("messaging.destination.name", topic),
		attribute.String("messaging.message.id", e.ID),
		attribute.String("cloudevents.event_id", e.ID),
		attribute.String("cloudevents.event_type", e.Type),
	}
}

// StartDB starts the client span of a store operation such as ("sqlite", "INSERT", "bookings"). The returned function
// ends it and observes the duration; an error the caller can act on, such as a conflict, is no failure of the store.
func (t *Telemetry) StartDB(ctx context.Context, system, operation, collection string) (context.Context, func(error)) {
	start := t.options.Clock()
	ctx, span := t.Tracer.Start(ctx, operation+" "+collection, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(start))
	if span.IsRecording() {
		span.SetAttributes(
			attribute.String("db.system.name", system),
			attribute.String("db.operation.name", operation),
			attribute.String("db.collection.name", collection),
		)
	}
	return ctx, func(err error) {
		kind := ""
		if k := fault.KindOf(err); err != nil && (k == fault.Internal || k == fault.Unavailable) {
			kind = errorType(err)
			fail(span, err)
		}
		end := t.options.Clock()
		span.End(trace.WithTimestamp(end))
		observe(t.database.WithLabelValues(system, operation, kind), end.Sub(start).Seconds(), span.SpanContext())
	}
}

func fail(span trace.Span, err error) {
	span.SetAttributes(attribute.String("error.type", errorType(err)))
	span.SetStatus(codes.Error, fault.CodeOf(err))
}

// errorType is a word of low cardinality, as the conventions want: a fault's code, or the Go type of another error.
func errorType(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Code
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	default:
		return fmt.Sprintf("%T", err)
	}
}
