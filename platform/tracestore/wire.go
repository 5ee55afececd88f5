package tracestore

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openzipkin/zipkin-go/model"

	"github.com/myevents/myevents/platform/fault"
)

// The form of spans in Zipkin's JSON. zipkin-go's own decoder takes ids that are none, and its encoder refuses times that
// clients do send, such as the first second of 1970 in tests.
type wireSpan struct {
	TraceID        string            `json:"traceId"`
	ParentID       string            `json:"parentId,omitempty"`
	ID             string            `json:"id"`
	Kind           model.Kind        `json:"kind,omitempty"`
	Name           string            `json:"name,omitempty"`
	Timestamp      int64             `json:"timestamp,omitempty"`
	Duration       int64             `json:"duration,omitempty"`
	LocalEndpoint  *wireEndpoint     `json:"localEndpoint,omitempty"`
	RemoteEndpoint *wireEndpoint     `json:"remoteEndpoint,omitempty"`
	Annotations    []wireAnnotation  `json:"annotations,omitempty"`
	Tags           map[string]string `json:"tags,omitempty"`
	Debug          bool              `json:"debug,omitempty"`
	Shared         bool              `json:"shared,omitempty"`
}

type wireEndpoint struct {
	ServiceName string `json:"serviceName,omitempty"`
	IPv4        string `json:"ipv4,omitempty"`
	IPv6        string `json:"ipv6,omitempty"`
	Port        uint16 `json:"port,omitempty"`
}

type wireAnnotation struct {
	Timestamp int64  `json:"timestamp"`
	Value     string `json:"value"`
}

// decodeSpans reads a list of spans. The error says which span is wrong, and why.
func decodeSpans(body []byte) ([]model.SpanModel, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil || list == nil {
		return nil, fault.InvalidField("body", "must be a list of spans in JSON")
	}
	spans := make([]model.SpanModel, len(list))
	for i, text := range list {
		var w wireSpan
		err := json.Unmarshal(text, &w)
		if err == nil {
			spans[i], err = w.model()
		}
		if err != nil {
			return nil, wrongSpan(i, err)
		}
	}
	return spans, nil
}

func wrongSpan(i int, err error) error {
	field, rule := fmt.Sprintf("[%d]", i), "must be a span"
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field, rule = field+"."+wrong.Field, "must be "+kindOf(wrong.Type)
	} else if invalid, ok := errors.AsType[*fault.Error](err); ok {
		field, rule = field+"."+invalid.Fields[0].Field, invalid.Fields[0].Rule
	}
	return fault.InvalidField(strings.TrimSuffix(field, "."), rule)
}

// kindOf names a type in the words of JSON.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Int64, reflect.Uint16:
		return "a whole number in range"
	default:
		return "an object"
	}
}

func (w *wireSpan) model() (s model.SpanModel, err error) {
	if s.TraceID, err = parseTraceID("traceId", w.TraceID); err != nil {
		return s, err
	}
	if s.ID, err = parseID("id", w.ID); err != nil {
		return s, err
	}
	if s.ID == 0 {
		return s, fault.InvalidField("id", "must not be zero")
	}
	if w.ParentID != "" {
		parent, err := parseID("parentId", w.ParentID)
		if err != nil {
			return s, err
		}
		if parent != 0 && parent != s.ID { // Zipkin takes both for roots too
			s.ParentID = &parent
		}
	}
	switch w.Kind {
	case model.Undetermined, model.Client, model.Server, model.Producer, model.Consumer:
		s.Kind = w.Kind
	default:
		return s, fault.InvalidField("kind", "must be CLIENT, SERVER, PRODUCER or CONSUMER")
	}
	s.Name, s.Tags, s.Debug, s.Shared = w.Name, w.Tags, w.Debug, w.Shared
	s.Timestamp, s.Duration = fromMicros(w.Timestamp), time.Duration(max(0, w.Duration))*time.Microsecond
	s.LocalEndpoint, s.RemoteEndpoint = w.LocalEndpoint.model(), w.RemoteEndpoint.model()
	for _, a := range w.Annotations {
		if a.Timestamp < 1 || a.Value == "" {
			return s, fault.InvalidField("annotations", "must have a timestamp and a value")
		}
		s.Annotations = append(s.Annotations, model.Annotation{Timestamp: fromMicros(a.Timestamp), Value: a.Value})
	}
	return s, nil
}

// parseTraceID reads an id of 64 or 128 bits. Shorter ones are padded, as everywhere in Zipkin.
func parseTraceID(field, text string) (model.TraceID, error) {
	high, low := "", text
	if len(text) > 16 {
		high, low = text[:len(text)-16], text[len(text)-16:]
	}
	id := model.TraceID{}
	if high != "" {
		h, err := parseID(field, high)
		if err != nil {
			return id, fault.InvalidField(field, "must be 1 to 32 lower-case hex digits")
		}
		id.High = uint64(h)
	}
	l, err := parseID(field, low)
	if err != nil {
		return id, fault.InvalidField(field, "must be 1 to 32 lower-case hex digits")
	}
	id.Low = uint64(l)
	if id.Empty() {
		return id, fault.InvalidField(field, "must not be zero")
	}
	return id, nil
}

func parseID(field, text string) (model.ID, error) {
	id, err := strconv.ParseUint(text, 16, 64)
	if err != nil || len(text) > 16 || strings.ContainsAny(text, "ABCDEF+_") {
		return 0, fault.InvalidField(field, "must be 1 to 16 lower-case hex digits")
	}
	return model.ID(id), nil
}

func (w *wireEndpoint) model() *model.Endpoint {
	if w == nil {
		return nil
	}
	e := &model.Endpoint{ServiceName: w.ServiceName, Port: w.Port}
	for _, text := range []string{w.IPv4, w.IPv6} {
		ip := net.ParseIP(text)
		if short := ip.To4(); short != nil {
			e.IPv4 = short
		} else if ip != nil {
			e.IPv6 = ip
		}
	}
	return e
}

// encodeSpans leaves out spans that came twice: clients do not know whether what they sent has arrived.
func encodeSpans(spans []model.SpanModel) []wireSpan {
	list := make([]wireSpan, 0, len(spans))
	seen := make(map[model.ID][]wireSpan, len(spans))
	for i := range spans {
		id, w := spans[i].ID, encodeSpan(&spans[i])
		if !slices.ContainsFunc(seen[id], func(other wireSpan) bool { return reflect.DeepEqual(other, w) }) {
			seen[id] = append(seen[id], w)
			list = append(list, w)
		}
	}
	return list
}

func encodeSpan(s *model.SpanModel) wireSpan {
	w := wireSpan{
		TraceID: s.TraceID.String(), ID: s.ID.String(), Kind: s.Kind, Name: s.Name,
		Timestamp: micros(s.Timestamp), Duration: s.Duration.Microseconds(),
		LocalEndpoint: encodeEndpoint(s.LocalEndpoint), RemoteEndpoint: encodeEndpoint(s.RemoteEndpoint),
		Tags: s.Tags, Debug: s.Debug, Shared: s.Shared,
	}
	if s.ParentID != nil {
		w.ParentID = s.ParentID.String()
	}
	for _, a := range s.Annotations {
		w.Annotations = append(w.Annotations, wireAnnotation{Timestamp: micros(a.Timestamp), Value: a.Value})
	}
	return w
}

func encodeEndpoint(e *model.Endpoint) *wireEndpoint {
	if e.Empty() {
		return nil
	}
	w := &wireEndpoint{ServiceName: e.ServiceName, Port: e.Port}
	if e.IPv4 != nil {
		w.IPv4 = e.IPv4.String()
	}
	if e.IPv6 != nil {
		w.IPv6 = e.IPv6.String()
	}
	return w
}
