package telemetry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

// The outcomes of processing a message, as labels.
const (
	succeeded = "success"
	failed    = "failure"
)

// StartPublish starts the producer span of e as a child of the span that wrote it to the outbox. The caller calls EndPublish
// when the broker has acknowledged the message, and publishes Traceparent(ctx) with it. Where nothing is recorded
// there is no such span, and the message keeps the traceparent it has.
func (t *Telemetry) StartPublish(ctx context.Context, topic string, e cloudevent.Event) (context.Context, trace.Span) {
	ctx = WithTraceparent(ctx, e.Trace)
	if _, none := t.Tracer.(unrecorded); none {
		return ctx, trace.SpanFromContext(ctx)
	}
	ctx, span := t.Tracer.Start(ctx, "publish "+e.Type, t.producerKind)
	if span.IsRecording() {
		t.describeMessage(span, topic, e, "send", "publish")
	}
	return ctx, span
}

// EndPublish ends a span that StartPublish has started, with the error of publishing its message.
func EndPublish(span trace.Span, err error) {
	if err != nil {
		fail(span, err)
	}
	span.End()
}

// StartProcess starts the consumer span of e: a child of its producer span, so that Zipkin shows one trace, and linked
// to it, as the conventions ask. The returned function ends the span and observes the durations, unless the message goes
// back to the broker, which is a cancellation: then it has been processed by nobody. Where nothing is recorded, log lines
// have the ids of the producer.
func (t *Telemetry) StartProcess(ctx context.Context, service, topic string, e cloudevent.Event) (context.Context, func(error)) {
	start := t.options.Clock()
	ctx = WithTraceparent(ctx, e.Trace)
	span := &timedSpan{Span: trace.SpanFromContext(ctx)}
	if _, none := t.Tracer.(unrecorded); !none {
		ctx = t.startProcess(ctx, span, start, service, topic, e)
	}
	return ctx, func(err error) {
		outcome := succeeded
		if err != nil {
			outcome = failed
			fail(span, err)
		}
		end := t.options.Clock()
		span.end(end)
		if !errors.Is(err, context.Canceled) {
			t.consumption.observe(e.Time, start, end, span.SpanContext(), topic, e.Type, outcome)
		}
	}
}

func (t *Telemetry) startProcess(
	ctx context.Context, span *timedSpan, start time.Time, service, topic string, e cloudevent.Event,
) context.Context {
	producer := trace.LinkFromContext(ctx)
	ctx = t.start(ctx, span, "process "+e.Type, t.consumerKind, start)
	if span.IsRecording() {
		t.describeMessage(span, topic, e, "process", "process", attribute.String("messaging.consumer.group.name", service))
		if producer.SpanContext.IsValid() {
			span.AddLink(producer)
		}
	}
	return ctx
}

func (t *Telemetry) describeMessage(
	span trace.Span, topic string, e cloudevent.Event, kind, name string, more ...attribute.KeyValue,
) {
	attributes := t.attributes.Get().(*[]attribute.KeyValue) // the span copies them
	defer t.attributes.Put(attributes)
	*attributes = append(append((*attributes)[:0], more...),
		attribute.String("messaging.system", t.options.MessagingSystem),
		attribute.String("messaging.operation.type", kind),
		attribute.String("messaging.operation.name", name),
		attribute.String("messaging.destination.name", topic),
		attribute.String("messaging.message.id", e.ID),
		attribute.String("cloudevents.event_id", e.ID),
		attribute.String("cloudevents.event_type", e.Type),
		attribute.String("cloudevents.event_subject", e.Subject),
	)
	span.SetAttributes(*attributes...)
}

func fail(span trace.Span, err error) {
	span.SetAttributes(attribute.String("error.type", errorType(err)))
	span.SetStatus(codes.Error, fault.CodeOf(err))
}

// errorType is a word of low cardinality, as the conventions want: a fault's code, or the Go type of what another error
// has wrapped.
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
		return fmt.Sprintf("%T", root(err))
	}
}

func root(err error) error {
	for {
		cause := errors.Unwrap(err)
		if cause == nil {
			return err
		}
		err = cause
	}
}
