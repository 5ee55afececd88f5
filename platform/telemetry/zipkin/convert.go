package zipkin

import (
	"encoding/binary"

	"github.com/openzipkin/zipkin-go/model"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Models returns the spans in Zipkin's words; see the package's documentation for the mapping. No span is left out, not
// even one that AppendJSON would refuse. Spans of one resource share their local endpoint.
func Models(spans []sdktrace.ReadOnlySpan) []model.SpanModel { return new(Converter).Models(spans) }

// Converter is for whoever converts batch after batch and keeps nothing of them: it uses its memory again. The zero value
// is ready. It is not safe for concurrent use.
type Converter struct {
	services    services
	conversions []*conversion
	models      []model.SpanModel
}

// Models is like the function of that name, but what it returns, maps and pointers included, is valid only until the
// next call.
func (c *Converter) Models(spans []sdktrace.ReadOnlySpan) []model.SpanModel {
	if c.services == nil {
		c.services = services{}
	}
	c.models = c.models[:0]
	for i, s := range spans {
		if i == len(c.conversions) {
			c.conversions = append(c.conversions, &conversion{})
		}
		c.conversions[i].convert(s, c.services.of(s.Resource()))
		c.models = append(c.models, c.conversions[i].model())
	}
	return c.models
}

// conversion is one span in Zipkin's words, with room for what the model only points at, so that it can be used again.
// The tags are beside the model: filling a map and going through it would take half of the time of an export.
type conversion struct {
	span   model.SpanModel // without tags
	tags   tags
	parent model.ID
	remote model.Endpoint
	byKey  map[string]string // the tags, for who asked for a model
}

// model returns the whole span. It is valid until the next conversion.
func (c *conversion) model() model.SpanModel {
	if c.byKey == nil {
		c.byKey = make(map[string]string, len(c.tags))
	}
	clear(c.byKey)
	for _, t := range c.tags {
		c.byKey[t.key] = t.value
	}
	s := c.span
	s.Tags = c.byKey
	return s
}

// appendJSON is AppendJSON of the whole span.
func (c *conversion) appendJSON(to []byte) ([]byte, error) {
	b, err := appendHead(to, &c.span)
	if err != nil {
		return to, err
	}
	return appendTail(appendTags(b, c.tags), &c.span), nil
}

// convert makes c the span s, which a service told.
func (c *conversion) convert(s sdktrace.ReadOnlySpan, by *service) {
	annotations := c.span.Annotations[:0]
	id := s.SpanContext()
	c.span = model.SpanModel{
		SpanContext:    model.SpanContext{TraceID: traceID(id.TraceID()), ID: spanID(id.SpanID()), ParentID: c.parentID(s)},
		Name:           s.Name(),
		Kind:           kind(s.SpanKind()),
		Timestamp:      s.StartTime(),
		Duration:       s.EndTime().Sub(s.StartTime()),
		LocalEndpoint:  by.endpoint,
		RemoteEndpoint: c.remoteEndpoint(s),
		Annotations:    appendAnnotations(annotations, s.Events()),
	}
	c.tags.fill(s, by)
}

func (c *conversion) parentID(s sdktrace.ReadOnlySpan) *model.ID {
	id := s.Parent().SpanID()
	if !id.IsValid() {
		return nil
	}
	c.parent = spanID(id)
	return &c.parent
}

func traceID(id trace.TraceID) model.TraceID {
	return model.TraceID{High: binary.BigEndian.Uint64(id[:8]), Low: binary.BigEndian.Uint64(id[8:])}
}

func spanID(id trace.SpanID) model.ID { return model.ID(binary.BigEndian.Uint64(id[:])) }

func kind(k trace.SpanKind) model.Kind {
	switch k {
	case trace.SpanKindServer:
		return model.Server
	case trace.SpanKindClient:
		return model.Client
	case trace.SpanKindProducer:
		return model.Producer
	case trace.SpanKindConsumer:
		return model.Consumer
	default:
		return model.Undetermined
	}
}

// service is what a resource says, which is the same for all its spans.
type service struct {
	endpoint *model.Endpoint
	tags     []tag
}

// services remembers the resources of a process, which are few. It is no cache for more than maxServices of them.
type services map[*resource.Resource]*service

const maxServices = 64

func (known services) of(r *resource.Resource) *service {
	if s, ok := known[r]; ok {
		return s
	}
	if len(known) >= maxServices {
		clear(known)
	}
	s := newService(r)
	known[r] = s
	return s
}

func newService(r *resource.Resource) *service {
	attributes := r.Attributes()
	s := &service{endpoint: &model.Endpoint{ServiceName: serviceName(r)}, tags: make([]tag, len(attributes))}
	for i, kv := range attributes {
		s.tags[i] = tag{string(kv.Key), text(kv.Value)}
	}
	return s
}

// serviceName falls back on the SDK's default, such as "unknown_service:booking".
func serviceName(r *resource.Resource) string {
	const key = attribute.Key("service.name")
	name, ok := r.Set().Value(key)
	if !ok {
		name, _ = resource.Default().Set().Value(key)
	}
	return name.AsString()
}
