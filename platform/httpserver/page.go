package httpserver

import (
	"io"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Page is one page of a list. Without a next cursor it is the last.
type Page[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Pass it as cursor to get the next page; absent on the last"`
}

// withoutNull returns the page with an empty list in place of none: clients need not tell null from [].
func (p Page[T]) withoutNull() any {
	if p.Items == nil {
		p.Items = []T{}
	}
	return p
}

// Encoded is a response body whose JSON exists already, such as a cached page. The API document shows it as a T.
// Nobody may modify JSON once it has been answered: it goes out without being copied; see WriteShared.
type Encoded[T any] struct {
	JSON []byte
}

// Schema returns T's.
func (Encoded[T]) Schema(r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	return r.Schema(t, true, t.Name())
}

func (e Encoded[T]) encoded() []byte { return e.JSON }

// sharedWriter is a response writer that can keep what it is given instead of copying it.
type sharedWriter interface {
	WriteShared(p []byte) (int, error)
}

// WriteShared writes p, which nobody may modify from now on: a writer that knows the way, such as that of InMemory,
// then hands on p itself. Other writers copy as ever. Middleware that wraps a ResponseWriter should pass it on.
//
// It is an opt-in because io.Writer must not retain what it is given, and most handlers reuse their buffers.
func WriteShared(w io.Writer, p []byte) (int, error) {
	if s, ok := w.(sharedWriter); ok {
		return s.WriteShared(p)
	}
	return w.Write(p)
}
