package httpserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// InMemory returns a transport that answers every request by calling h, in the caller's goroutine and without a socket.
// Services that share a process reach each other through it, with the same middleware on both sides.
//
// The answer is complete when RoundTrip returns: h cannot stream, hijack or send informational answers. Its body
// implements io.WriterTo and, where h used WriteShared once, is the very slice h wrote. The end of the request's context
// reaches h, its values do not: what a socket would not carry, such as who the caller has found signed in, must not slip
// through here. When the context has ended by the time h returns, RoundTrip returns its error, as a network client would.
// h must not modify the header of the request, which is the caller's. A panic with http.ErrAbortHandler becomes an error; others go on
// to the caller.
func InMemory(h http.Handler) http.RoundTripper {
	t := &inMemory{handler: h, statuses: map[int]string{}}
	for status := http.StatusOK; status < 600; status++ {
		t.statuses[status] = strconv.Itoa(status) + " " + http.StatusText(status)
	}
	return t
}

type inMemory struct {
	handler  http.Handler
	statuses map[int]string // as answers name them, ready made
}

// RoundTrip implements http.RoundTripper.
func (t *inMemory) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close() // as a transport must
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := newExchange(r)
	defer func() {
		if reason := recover(); reason != nil {
			if aborted, ok := reason.(error); !ok || !errors.Is(aborted, http.ErrAbortHandler) {
				panic(reason)
			}
			answer, err = nil, fmt.Errorf("the connection was dropped: %w", http.ErrAbortHandler)
		}
	}()
	t.handler.ServeHTTP(&x.writer, &x.request)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	answer = x.answer(r)
	answer.Status = t.statuses[answer.StatusCode]
	return answer, nil
}

// exchange is everything a call needs, in one allocation.
type exchange struct {
	request  http.Request // as a server would see it
	context  valueless
	url      url.URL // its own, since handlers may change it
	writer   memoryWriter
	response http.Response
	body     memoryBody
	length   [1]string // the value of the Content-Length header
}

// valueless is a context that ends as another one does, but carries nothing.
type valueless struct{ context.Context }

// Value implements context.Context.
func (*valueless) Value(any) any { return nil }

// AfterFunc spares contexts derived from this one the goroutine that would watch it; see context.AfterFunc.
func (v *valueless) AfterFunc(f func()) func() bool { return context.AfterFunc(v.Context, f) }

func newExchange(r *http.Request) *exchange {
	x := &exchange{context: valueless{r.Context()}, url: *r.URL}
	x.request = *r.WithContext(&x.context)
	x.request.URL = &x.url
	if !strings.HasPrefix(r.RequestURI, "/") { // a proxy passes on the one it got
		x.request.RequestURI = r.URL.RequestURI()
	}
	x.request.RemoteAddr = "in-memory:0"
	x.request.Proto, x.request.ProtoMajor, x.request.ProtoMinor = "HTTP/1.1", 1, 1
	x.request.Pattern = ""
	if r.Host == "" {
		x.request.Host = r.URL.Host
	}
	if r.Body == nil {
		x.request.Body = http.NoBody
	}
	x.writer.header = make(http.Header, 4)
	return x
}

// answer completes what the handler left out, as net/http's server does.
func (x *exchange) answer(r *http.Request) *http.Response {
	w := &x.writer
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if bodyAllowed(w.status) {
		x.length[0] = strconv.Itoa(len(w.body))
		w.header["Content-Length"] = x.length[:1:1]
		if _, set := w.header["Content-Type"]; !set && len(w.body) > 0 {
			w.header.Set("Content-Type", http.DetectContentType(w.body))
		}
	}
	x.response = http.Response{
		StatusCode: w.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, ContentLength: int64(len(w.body)), Request: r,
		Body: http.NoBody,
	}
	if r.Method != http.MethodHead && len(w.body) > 0 {
		x.body.Reset(w.body)
		x.response.Body = &x.body
	}
	return &x.response
}

func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// memoryBody is a response body: its WriteTo hands over all bytes in one call of Write.
type memoryBody struct{ bytes.Reader }

func (*memoryBody) Close() error { return nil }

// memoryWriter gathers an answer.
type memoryWriter struct {
	header http.Header
	status int
	body   []byte
}

func (w *memoryWriter) Header() http.Header { return w.header }

func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
}

func (w *memoryWriter) begin() error {
	w.WriteHeader(http.StatusOK)
	if !bodyAllowed(w.status) {
		return http.ErrBodyNotAllowed
	}
	return nil
}

func (w *memoryWriter) Write(p []byte) (int, error) {
	if err := w.begin(); err != nil {
		return 0, err
	}
	w.body = append(w.body, p...)
	return len(p), nil
}

// WriteShared keeps p itself as long as it is all of the body.
func (w *memoryWriter) WriteShared(p []byte) (int, error) {
	if len(w.body) > 0 {
		return w.Write(p)
	}
	if err := w.begin(); err != nil {
		return 0, err
	}
	w.body = p[:len(p):len(p)] // without spare room: a Write that follows must not add to what is behind p
	return len(p), nil
}
