package httpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

const jsonType = "application/json"

// jsonAPI makes huma speak JSON and problems only, without its package-level formats and error constructors.
type jsonAPI struct {
	huma.API
	encoders    *sync.Pool // of *encoder; a cache only: what is in it never shows
	contentType []string   // the header of all answers; without spare room, so that whoever adds to it gets a new one
}

func newJSONAPI(api huma.API) jsonAPI {
	return jsonAPI{api, &sync.Pool{New: func() any { return newEncoder() }}, []string{jsonType}}
}

// Negotiate answers JSON to everyone, whatever they accept: there is nothing else.
func (jsonAPI) Negotiate(string) (string, error) { return jsonType, nil }

// Transform turns huma's error model into a problem. It runs before the status is set, which is how the status of the
// problem wins.
func (jsonAPI) Transform(c huma.Context, _ string, v any) (any, error) {
	switch body := v.(type) {
	case *huma.ErrorModel:
		p := NewProblem(c.Context(), refusal(c.(*call), body))
		c.(*call).answerProblem(p)
		return p, nil
	case *Problem:
		c.(*call).answerProblem(body)
	}
	return v, nil
}

// Marshal writes the whole answer at once. It panics where v cannot be encoded: nothing is sent yet, so that Recover can
// still answer 500, while an error returned would make huma send half an answer first.
func (a jsonAPI) Marshal(w io.Writer, _ string, v any) error {
	c := w.(*call)
	switch body := v.(type) {
	case interface{ encoded() []byte }:
		c.writeShared(body.encoded())
		return nil
	case interface{ AppendJSON(to []byte) []byte }:
		e := a.encoders.Get().(*encoder)
		defer a.release(e)
		c.writeAll(e.line(body.AppendJSON(e.buffer.AvailableBuffer())))
		return nil
	case interface{ withoutNull() any }:
		v = body.withoutNull()
	}
	e := a.encoders.Get().(*encoder)
	defer a.release(e)
	if err := e.json.Encode(v); err != nil {
		panic(fmt.Errorf("encode the answer of %s: %w", c.op.OperationID, err))
	}
	c.writeAll(e.buffer.Bytes())
	return nil
}

// answer writes an ordinary answer without huma.
func (a jsonAPI) answer(c *call, status int, out PlainOutput) {
	c.w.Header()["Content-Type"] = a.contentType
	c.status = status
	e := a.encoders.Get().(*encoder)
	defer a.release(e)
	c.writeAll(e.line(out.AppendBody(e.buffer.AvailableBuffer())))
}

// refuse writes a problem without huma.
func (a jsonAPI) refuse(c *call, p *Problem) {
	c.answerProblem(p)
	c.status = p.Status
	_ = a.Marshal(c, problemType, p) // panics where others fail
}

// encoder is a JSON encoder with its buffer, used again and again.
type encoder struct {
	buffer bytes.Buffer
	json   *json.Encoder
}

func newEncoder() *encoder {
	e := &encoder{}
	e.json = json.NewEncoder(&e.buffer)
	e.json.SetEscapeHTML(false)
	return e
}

// line returns what was appended to the buffer, with the end of line that encoding/json writes.
func (e *encoder) line(appended []byte) []byte {
	e.buffer.Write(append(appended, '\n')) // in place, unless it had to grow
	return e.buffer.Bytes()
}

// keptBuffer is the size above which a buffer goes to the garbage collector, so that one large answer does not stay.
const keptBuffer = 64 << 10

func (a jsonAPI) release(e *encoder) {
	if e.buffer.Cap() > keptBuffer {
		return
	}
	e.buffer.Reset()
	a.encoders.Put(e)
}

// Unmarshal decodes a request body. huma calls it twice: into an any, which it validates, and into the input struct.
func (jsonAPI) Unmarshal(contentType string, data []byte, v any) error {
	if !isJSON(contentType) {
		return huma.ErrUnknownContentType
	}
	whole, checked := v.(*any)
	if err := json.Unmarshal(data, v); err != nil {
		return describe(err, data)
	}
	if !checked {
		return nil
	}
	// encoding/json and huma ignore case: {"Seats": 900} beside {"seats": 1} would be validated as one and decoded as
	// the other. All our fields are in snake_case.
	if field, found := find(*whole, "", misspelt); found {
		return misfit{field, unknownField}
	}
	return nil
}

func isJSON(contentType string) bool {
	if contentType == jsonType {
		return true
	}
	media, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || media != jsonType {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// find returns the path of the first value, in no particular order, that is wrong at its key.
func find(v any, path string, wrong func(key string, value any) bool) (field string, found bool) {
	switch node := v.(type) {
	case map[string]any:
		for key, value := range node {
			at := join(path, key)
			if wrong(key, value) {
				return at, true
			}
			if field, found = find(value, at, wrong); found {
				return field, true
			}
		}
	case []any:
		for i, value := range node {
			at := fmt.Sprintf("%s[%d]", path, i)
			if wrong("", value) {
				return at, true
			}
			if field, found = find(value, at, wrong); found {
				return field, true
			}
		}
	}
	return "", false
}

func misspelt(key string, _ any) bool {
	return strings.ContainsFunc(key, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.'
	})
}

func outOfRange(_ string, value any) bool {
	number, ok := value.(json.Number)
	if !ok {
		return false
	}
	_, err := number.Float64()
	return err != nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// describe says what is wrong with a body without repeating any of it, as the errors of encoding/json do.
func describe(err error, body []byte) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return misfit{wholeBody, fmt.Sprintf("is not valid JSON (at byte %d)", syntax.Offset)}
	}
	if field, found := find(withNumbers(body), "", outOfRange); found {
		return misfit{field, "is out of range"}
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && isInteger(wrong.Type) {
		return misfit{wrong.Field, "must be an integer in range, without fraction or exponent"}
	}
	return misfit{wholeBody, "holds a value that does not fit its field"}
}

// withNumbers decodes a body whose numbers may be too large for a float64.
func withNumbers(body []byte) (v any) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	_ = decoder.Decode(&v) // called only for valid JSON
	return v
}

func isInteger(t reflect.Type) bool { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 }
