package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// SpanElsewhere is a span that began and ended where no SDK runs, such as in a browser.
type SpanElsewhere struct {
	TraceID  trace.TraceID
	SpanID   trace.SpanID
	ParentID trace.SpanID // zero: the trace begins with this span
	Name     string
	Client   bool // it is a call to somebody
	Start    time.Time
	End      time.Time
	Tags     map[string]string
	Error    string // empty: nothing failed
}

// Elsewhere tells of spans that happened elsewhere as those of a service of their own. They wait in the same queue and go to the
// same exporter as all others.
type Elsewhere struct {
	tracer trace.Tracer
}

// Elsewhere returns the voice of the service that cannot speak for itself; nil where no spans are recorded.
func (t *Telemetry) Elsewhere(service string) *Elsewhere {
	if len(t.options.SpanProcessors) == 0 {
		return nil
	}
	o := t.options
	o.Service, o.Sampler = service, sdktrace.AlwaysSample() // who tells of a span has sampled it
	return &Elsewhere{newProvider(o, sdktrace.WithIDGenerator(givenIDs{})).Tracer(scope, trace.WithInstrumentationVersion(o.Version))}
}

// Tell passes the span on. It does not wait.
func (e *Elsewhere) Tell(s SpanElsewhere) {
	ctx := context.WithValue(context.Background(), givenKey{}, s)
	if s.ParentID.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: s.TraceID, SpanID: s.ParentID, TraceFlags: trace.FlagsSampled, Remote: true,
		}))
	}
	kind := trace.SpanKindInternal
	if s.Client {
		kind = trace.SpanKindClient
	}
	_, span := e.tracer.Start(ctx, s.Name, trace.WithTimestamp(s.Start), trace.WithSpanKind(kind),
		trace.WithAttributes(attributesOf(s.Tags)...))
	if s.Error != "" {
		span.SetStatus(codes.Error, s.Error)
	}
	span.End(trace.WithTimestamp(s.End))
}

func attributesOf(tags map[string]string) []attribute.KeyValue {
	attributes := make([]attribute.KeyValue, 0, len(tags))
	for name, value := range tags {
		attributes = append(attributes, attribute.String(name, value))
	}
	return attributes
}

// givenIDs gives a span the ids it has already. The SDK asks for them with the context that Tell has made.
type givenIDs struct{}

type givenKey struct{}

// NewIDs implements sdktrace.IDGenerator.
func (givenIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	s, _ := ctx.Value(givenKey{}).(SpanElsewhere)
	return s.TraceID, s.SpanID
}

// NewSpanID implements sdktrace.IDGenerator.
func (givenIDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	s, _ := ctx.Value(givenKey{}).(SpanElsewhere)
	return s.SpanID
}
