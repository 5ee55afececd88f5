package zipkin

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/openzipkin/zipkin-go/model"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// scopeTags is the number of tags that most spans have besides attributes: the scope's name and version, the status.
const scopeTags = 3

// setTags writes the tags of a span. The order matters: what comes later overrides.
func setTags(tags map[string]string, s sdktrace.ReadOnlySpan, by *service) {
	for _, kv := range s.Attributes() {
		tags[string(kv.Key)] = text(kv.Value)
	}
	for _, t := range by.tags {
		tags[t.key] = t.value
	}
	setStatus(tags, s.Status())
	if scope := s.InstrumentationScope(); scope.Name != "" {
		tags["otel.scope.name"] = scope.Name
		if scope.Version != "" {
			tags["otel.scope.version"] = scope.Version
		}
	}
	if state := s.SpanContext().TraceState(); state.Len() > 0 {
		tags["w3c.tracestate"] = state.String()
	}
	setCount(tags, "otel.dropped_attributes_count", s.DroppedAttributes())
	setCount(tags, "otel.dropped_events_count", s.DroppedEvents())
	setCount(tags, "otel.dropped_links_count", s.DroppedLinks())
	for i, l := range s.Links() {
		tags["otlp.link."+strconv.Itoa(i)] = link(l)
	}
}

// setStatus keeps the tag error from spans that did not fail: to Zipkin any span with that tag, whatever its value, did.
func setStatus(tags map[string]string, status sdktrace.Status) {
	switch status.Code {
	case codes.Error:
		tags["otel.status_code"] = "ERROR"
		tags["error"] = status.Description
	case codes.Ok:
		tags["otel.status_code"] = "OK"
		delete(tags, "error")
	default:
		delete(tags, "error")
	}
}

func setCount(tags map[string]string, key string, n int) {
	if n > 0 {
		tags[key] = strconv.Itoa(n)
	}
}

// link is a span link in the form of the Collector's Zipkin translator, which reads it back too.
func link(l sdktrace.Link) string {
	id := l.SpanContext
	attributes := object(l.Attributes)
	if attributes == "" {
		attributes = "{}"
	}
	return id.TraceID().String() + "|" + id.SpanID().String() + "|" + id.TraceState().String() + "|" + attributes + "|" +
		strconv.Itoa(l.DroppedAttributeCount)
}

func appendAnnotations(to []model.Annotation, events []sdktrace.Event) []model.Annotation {
	for _, e := range events {
		value := e.Name
		if len(e.Attributes) > 0 {
			if o := object(e.Attributes); o != "" {
				value += ": " + o
			}
		}
		to = append(to, model.Annotation{Timestamp: e.Time, Value: value})
	}
	return to
}

// object returns attributes as a JSON object; empty where JSON has no word for one of them, such as NaN.
func object(attributes []attribute.KeyValue) string {
	values := make(map[string]any, len(attributes))
	for _, kv := range attributes {
		values[string(kv.Key)] = kv.Value.AsInterface()
	}
	encoded, _ := json.Marshal(values)
	return string(encoded)
}

// text returns an attribute's value as a tag's.
func text(v attribute.Value) string {
	switch v.Type() {
	case attribute.STRING:
		return v.AsString()
	case attribute.FLOAT64:
		return fmt.Sprint(v.AsFloat64()) // v.String() would write infinity and exponents another way
	case attribute.BOOLSLICE:
		return list(v.AsBoolSlice())
	case attribute.INT64SLICE:
		return list(v.AsInt64Slice())
	case attribute.FLOAT64SLICE:
		return list(v.AsFloat64Slice())
	case attribute.STRINGSLICE:
		return list(v.AsStringSlice())
	case attribute.BYTESLICE:
		return numbers(v.AsByteSlice())
	default:
		return v.String()
	}
}

// list returns values as a JSON array; empty where JSON has no word for one of them, such as NaN.
func list[T any](values []T) string {
	encoded, _ := json.Marshal(values)
	return string(encoded)
}

// numbers returns bytes as a JSON array of numbers: a list of bytes would be written in Base64.
func numbers(bytes []byte) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, n := range bytes {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(n)))
	}
	b.WriteByte(']')
	return b.String()
}
