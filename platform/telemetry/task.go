package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// maxLinks is how many traces a task links to. It stays below the limit of the SDK, which would drop the oldest.
const maxLinks = 100

// Task is the span of work in the background, such as a replay. It is the root of a trace of its own: it goes on for
// longer than the requests it works for, and is linked to their traces instead. Only the goroutine of the work uses it.
type Task struct {
	span  trace.Span
	links int
}

// StartTask starts a task. The context is for the work; whoever starts it calls End.
func (t *Telemetry) StartTask(ctx context.Context, name string) (context.Context, *Task) {
	ctx, span := t.Tracer.Start(ctx, name, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindInternal))
	return ctx, &Task{span: span}
}

// Link links the task to the span that a traceparent names, unless it is not sampled or there are 100 links already.
func (k *Task) Link(traceparent string) {
	if k.links == maxLinks || !k.span.IsRecording() {
		return
	}
	if linked := parseTraceparent(traceparent); linked.IsSampled() {
		k.span.AddLink(trace.Link{SpanContext: linked})
		k.links++
	}
}

// End ends the task with how many things it has done, and its error.
func (k *Task) End(done int, err error) {
	k.span.SetAttributes(attribute.Int("myevents.task.size", done))
	if err != nil {
		fail(k.span, err)
	}
	k.span.End()
}
