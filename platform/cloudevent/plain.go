package cloudevent

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Most documents are plain: written by this package, with attributes that need no escaping. Those are written and read
// without encoding/json, which costs ten times as much; every message passes here once as a writer's and once as each
// consumer's. Whatever is not plain takes the general way, with the same result.

// The parts of a plain document between its values, in the order of type document.
const (
	plainHead    = `{"specversion":"1.0"`
	plainTrace   = `,"traceparent":"`
	plainState   = `,"tracestate":"`
	plainID      = `,"id":"`
	plainSource  = `,"source":"`
	plainType    = `,"type":"`
	plainSubject = `,"subject":"`
	plainTime    = `,"time":"`
	plainData    = `,"datacontenttype":"application/json","data":`
)

// encodePlain returns the document, or false where e is not plain.
func (e Event) encodePlain() ([]byte, bool) {
	if !plainBytes(e.Data) || !json.Valid(e.Data) {
		return nil, false
	}
	body, plain := e.appendPlain(make([]byte, 0, e.attributesSize()+len(e.Data)+len("}")))
	return append(append(body, e.Data...), '}'), plain
}

// appendPlain appends the document up to its data, or returns false where an attribute is not plain.
func (e Event) appendPlain(body []byte) ([]byte, bool) {
	for _, s := range [...]string{e.Trace, e.State, e.ID, e.Source, e.Type, e.Subject} {
		if !plainString(s) {
			return nil, false
		}
	}
	if year := e.Time.UTC().Year(); year < 0 || year > 9999 {
		return nil, false
	}
	body = append(body, plainHead...)
	if e.Trace != "" {
		body = append(append(append(body, plainTrace...), e.Trace...), '"')
	}
	if e.State != "" {
		body = append(append(append(body, plainState...), e.State...), '"')
	}
	body = append(append(append(body, plainID...), e.ID...), '"')
	body = append(append(append(body, plainSource...), e.Source...), '"')
	body = append(append(append(body, plainType...), e.Type...), '"')
	body = append(append(append(body, plainSubject...), e.Subject...), '"')
	body = append(e.Time.UTC().AppendFormat(append(body, plainTime...), time.RFC3339Nano), '"')
	return append(body, plainData...), true
}

// attributesSize is a little more than what is in front of the data.
func (e Event) attributesSize() int {
	return len(e.Trace) + len(e.State) + len(e.ID) + len(e.Source) + len(e.Type) + len(e.Subject) + 224
}

// decodePlain returns the event of a plain document, whose bytes its Data shares, or false for any other.
func decodePlain(body []byte) (Event, bool) {
	// A plain value has no quotes in it, so the first of what looks like the end of the attributes is.
	head, data, found := bytes.Cut(body, []byte(plainData))
	if !found {
		return Event{}, false
	}
	r := plainReader{rest: string(head)} // one string, of which all attributes are parts
	var e Event
	r.skip(plainHead)
	if strings.HasPrefix(r.rest, plainTrace) {
		e.Trace = r.value(plainTrace)
	}
	if strings.HasPrefix(r.rest, plainState) {
		e.State = r.value(plainState)
	}
	e.ID, e.Source, e.Type, e.Subject = r.value(plainID), r.value(plainSource), r.value(plainType), r.value(plainSubject)
	err := e.Time.UnmarshalText([]byte(r.value(plainTime))) // as strict as encoding/json's way, unlike time.Parse
	data, whole := bytes.CutSuffix(data, []byte{'}'})
	if r.failed || r.rest != "" || err != nil || !whole || !plainBytes(data) || !valid(data) {
		return Event{}, false
	}
	e.Data = data
	return e, true
}

// plainReader walks through a document; after a mismatch it returns nothing but empty strings.
type plainReader struct {
	rest   string
	failed bool
}

func (r *plainReader) skip(part string) {
	rest, found := strings.CutPrefix(r.rest, part)
	r.rest, r.failed = rest, r.failed || !found
}

// value returns the string that begins behind the part and ends at the next quote.
func (r *plainReader) value(part string) string {
	r.skip(part)
	value, rest, found := strings.Cut(r.rest, `"`)
	if r.failed || !found || !plainString(value) {
		r.failed = true
		return ""
	}
	r.rest = rest
	return value
}

// plainString reports whether s needs no escaping between quotes.
func plainString(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' || !plainByte(c) || c >= 0x80 {
			return false
		}
	}
	return true
}

// plainBytes reports whether encoding/json would leave the document p as it is, but for blanks between its values.
func plainBytes(p []byte) bool {
	for _, c := range p {
		// 0xE2 begins U+2028 and U+2029, which encoding/json escapes.
		if !plainByte(c) || c == 0xE2 {
			return false
		}
	}
	return true
}

func plainByte(c byte) bool { return c >= 0x20 && c != '<' && c != '>' && c != '&' }
