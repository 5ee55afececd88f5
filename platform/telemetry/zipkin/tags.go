package zipkin

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/openzipkin/zipkin-go/model"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

type tag struct{ key, value string }

// tags are the tags of a span, each key once. A span has a dozen, which are sooner looked through than hashed.
type tags []tag

// set overrides what was set before.
func (t *tags) set(key, value string) {
	for i := range *t {
		if (*t)[i].key == key {
			(*t)[i].value = value
			return
		}
	}
	*t = append(*t, tag{key, value})
}

func (t *tags) remove(key string) {
	*t = slices.DeleteFunc(*t, func(known tag) bool { return known.key == key })
}

// fill makes t the tags of a span. The order matters: what comes later overrides.
func (t *tags) fill(s sdktrace.ReadOnlySpan, by *service) {
	*t = (*t)[:0]
	for _, kv := range s.Attributes() {
		t.set(string(kv.Key), text(kv.Value))
	}
	for _, of := range by.tags {
		t.set(of.key, of.value)
	}
	t.setStatus(s.Status())
	if scope := s.InstrumentationScope(); scope.Name != "" {
		t.set("otel.scope.name", scope.Name)
		if scope.Version != "" {
			t.set("otel.scope.version", scope.Version)
		}
	}
	if state := s.SpanContext().TraceState(); state.Len() > 0 {
		t.set("w3c.tracestate", state.String())
	}
	t.setCount("otel.dropped_attributes_count", s.DroppedAttributes())
	t.setCount("otel.dropped_events_count", s.DroppedEvents())
	t.setCount("otel.dropped_links_count", s.DroppedLinks())
	for i, l := range s.Links() {
		t.set("otlp.link."+strconv.Itoa(i), link(l))
	}
}

// setStatus keeps the tag error from spans that did not fail: to Zipkin any span with that tag, whatever its value, did.
func (t *tags) setStatus(status sdktrace.Status) {
	switch status.Code {
	case codes.Error:
		t.set("otel.status_code", "ERROR")
		t.set("error", status.Description)
	case codes.Ok:
		t.set("otel.status_code", "OK")
		t.remove("error")
	default:
		t.remove("error")
	}
}

func (t *tags) setCount(key string, n int) {
	if n > 0 {
		t.set(key, strconv.Itoa(n))
	}
}

// link is a span link in the form of the Collector's Zipkin translator, which reads it back too.
func link(l sdktrace.Link) string {
	traceID, spanID := l.SpanContext.TraceID(), l.SpanContext.SpanID()
	var room [64]byte
	b := append(hex.AppendEncode(room[:0], traceID[:]), '|')
	b = append(hex.AppendEncode(b, spanID[:]), '|')
	b = append(append(b, l.SpanContext.TraceState().String()...), '|')
	b = append(append(b, cmp.Or(object(l.Attributes), "{}")...), '|')
	return string(strconv.AppendInt(b, int64(l.DroppedAttributeCount), 10))
}

func appendAnnotations(to []model.Annotation, events []sdktrace.Event) []model.Annotation {
	for _, e := range events {
		value := e.Name
		if o := object(e.Attributes); o != "" {
			value += ": " + o
		}
		to = append(to, model.Annotation{Timestamp: e.Time, Value: value})
	}
	return to
}

// object returns attributes as a JSON object; empty where there are none, or JSON has no word for one of them, such as NaN.
func object(attributes []attribute.KeyValue) string {
	if len(attributes) == 0 {
		return ""
	}
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
