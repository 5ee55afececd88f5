// Package cloudevent encodes messages as CloudEvents 1.0 JSON documents in structured mode: the same bytes on every
// broker. The trace context rides in the document (the Distributed Tracing extension); a broker header is only a copy.
//
// Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
package cloudevent

import (
	"encoding/json"
	"fmt"
	"time"
)

// ContentType is the media type of the documents.
const ContentType = "application/cloudevents+json"

// MaxSize is the largest document, in bytes, that may be published. Larger ones are refused before they are committed,
// so that a message can never be stuck in an outbox because a broker refuses it.
const MaxSize = 128 << 10

// Event is one message.
type Event struct {
	ID      string          // unique; consumers use it to recognise a second delivery
	Source  string          // the service that published it, such as "/booking"
	Type    string          // such as "booking.confirmed"
	Subject string          // the aggregate it is about; messages of one subject keep their order where the broker can
	Time    time.Time       // when it happened
	Trace   string          // W3C traceparent; empty where the cause was not traced
	State   string          // W3C tracestate; mostly empty
	Data    json.RawMessage // the contract's JSON document
}

// document is the wire form. Traceparent comes first: SetTrace relies on it.
type document struct {
	SpecVersion string          `json:"specversion"`
	Traceparent string          `json:"traceparent,omitempty"`
	Tracestate  string          `json:"tracestate,omitempty"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        time.Time       `json:"time"`
	ContentType string          `json:"datacontenttype"`
	Data        json.RawMessage `json:"data"`
}

// New returns an event whose data is the JSON encoding of data.
func New(id, source, typ, subject string, at time.Time, data any) (Event, error) {
	encoded, err := json.Marshal(data)
	if err != nil {
		return Event{}, fmt.Errorf("encode data of %s: %w", typ, err)
	}
	return Event{ID: id, Source: source, Type: typ, Subject: subject, Time: at, Data: encoded}, nil
}

// Encode returns the JSON document. It fails on a missing required attribute and on a document larger than MaxSize.
func (e Event) Encode() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	body, plain := e.encodePlain()
	if !plain {
		var err error
		if body, err = e.encode(); err != nil {
			return nil, fmt.Errorf("encode %s: %w", e.Type, err)
		}
	}
	return e.checkSize(body)
}

// Appender is data that encodes itself: it appends what encoding/json returns for it.
type Appender interface {
	AppendJSON(to []byte) ([]byte, error)
}

// EncodeWith returns the JSON document with data for e.Data, as Encode does, in one pass.
func (e Event) EncodeWith(data Appender) ([]byte, error) {
	const usualSize = 512 // of the data
	if err := e.checkAttributes(); err != nil {
		return nil, err
	}
	body, plain := e.appendPlain(make([]byte, 0, e.attributesSize()+usualSize))
	body, err := data.AppendJSON(body)
	if err != nil {
		return nil, fmt.Errorf("encode data of %s: %w", e.Type, err)
	}
	if !plain {
		e.Data = body
		return e.Encode()
	}
	return e.checkSize(append(body, '}'))
}

func (e Event) checkSize(body []byte) ([]byte, error) {
	if len(body) > MaxSize {
		return nil, fmt.Errorf("message %s of type %s has %d bytes, more than the limit of %d", e.ID, e.Type, len(body), MaxSize)
	}
	return body, nil
}

func (e Event) encode() ([]byte, error) {
	return json.Marshal(document{
		SpecVersion: "1.0", Traceparent: e.Trace, Tracestate: e.State, ID: e.ID, Source: e.Source, Type: e.Type,
		Subject: e.Subject, Time: e.Time.UTC(), ContentType: "application/json", Data: e.Data,
	})
}

// Decode parses a JSON document; the event's Data may share its bytes. It fails, naming the attribute, where a required
// one is missing or wrong.
func Decode(body []byte) (Event, error) {
	if e, plain := decodePlain(body); plain {
		return e, e.check()
	}
	return decode(body)
}

func decode(body []byte) (Event, error) {
	var d document
	if err := json.Unmarshal(body, &d); err != nil {
		return Event{}, fmt.Errorf("decode cloud event: %w", err)
	}
	if d.SpecVersion != "1.0" {
		return Event{}, fmt.Errorf("decode cloud event: specversion is %q, must be 1.0", d.SpecVersion)
	}
	e := Event{
		ID: d.ID, Source: d.Source, Type: d.Type, Subject: d.Subject, Time: d.Time,
		Trace: d.Traceparent, State: d.Tracestate, Data: d.Data,
	}
	return e, e.check()
}

func (e Event) check() error {
	if err := e.checkAttributes(); err != nil {
		return err
	}
	if len(e.Data) == 0 {
		return fmt.Errorf("cloud event: attribute data is missing")
	}
	return nil
}

func (e Event) checkAttributes() error {
	for _, a := range [...]struct{ name, value string }{{"id", e.ID}, {"source", e.Source}, {"type", e.Type}, {"subject", e.Subject}} {
		if a.value == "" {
			return fmt.Errorf("cloud event: attribute %s is missing", a.name)
		}
	}
	return nil
}
