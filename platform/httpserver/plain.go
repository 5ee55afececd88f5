package httpserver

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// PlainInput is the input of an operation that is called so often that huma's reflection shows. It can read itself from a
// request in which nothing is out of the ordinary; all others take the general way.
type PlainInput interface {
	// ReadPlain fills the input and reports true where it is sure to read what huma would read, and huma to find nothing
	// wrong. In doubt it reports false. It must not keep the body, which is empty where the request has none.
	ReadPlain(r *http.Request, body []byte) bool
}

// PlainOutput is the output that goes with a PlainInput. It has a body and nothing else.
type PlainOutput interface {
	// AppendBody appends the body as encoding/json would encode it, but without escaping for HTML.
	AppendBody(to []byte) []byte
}

// plainBody is the longest body, in bytes, that is read for ReadPlain.
const plainBody = 1 << 10

// plain serves an operation's plain requests and leaves the others to huma.
type plain[I, O any] struct {
	api     *API
	op      *huma.Operation
	limit   int64 // on the body
	handler func(context.Context, *I) (*O, error)
	general http.Handler
	bodies  sync.Pool // of *[plainBody]byte
}

// plainly returns general itself for an operation whose types are not plain.
func plainly[I, O any](
	api *API, op *huma.Operation, limit int64, handler func(context.Context, *I) (*O, error), general http.Handler,
) http.Handler {
	_, in := any((*I)(nil)).(PlainInput)
	_, out := any((*O)(nil)).(PlainOutput)
	if !in || !out {
		return general
	}
	return &plain[I, O]{
		api: api, op: op, limit: min(limit, plainBody), handler: handler, general: general,
		bodies: sync.Pool{New: func() any { return new([plainBody]byte) }},
	}
}

func (p *plain[I, O]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength < 0 || r.ContentLength > p.limit {
		p.general.ServeHTTP(w, r)
		return
	}
	buffer := p.bodies.Get().(*[plainBody]byte)
	defer p.bodies.Put(buffer)
	n, err := io.ReadFull(r.Body, buffer[:r.ContentLength])
	in := new(I)
	if err != nil || !any(in).(PlainInput).ReadPlain(r, buffer[:n]) {
		r.Body = &unread{head: buffer[:n], ReadCloser: r.Body}
		p.general.ServeHTTP(w, r)
		return
	}
	out, err := p.handler(r.Context(), in)
	c := &call{op: p.op, w: w, r: r}
	if err != nil {
		p.api.huma.refuse(c, p.api.problem(r.Context(), err))
		return
	}
	p.api.huma.answer(c, cmp.Or(p.op.DefaultStatus, http.StatusOK), any(out).(PlainOutput))
}

// unread is a body whose beginning has been read already. It is used up before its head is used again.
type unread struct {
	head []byte
	io.ReadCloser
}

func (u *unread) Read(p []byte) (int, error) {
	if len(u.head) == 0 {
		return u.ReadCloser.Read(p)
	}
	n := copy(p, u.head)
	u.head = u.head[n:]
	return n, nil
}
