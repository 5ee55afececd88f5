package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/queryparam"
)

// adapter collects the handlers huma makes of operations, by operation id. It differs from huma's own adapter for net/http
// in what call can do.
type adapter map[string]http.Handler

func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	limit := op.MaxBodyBytes
	op.MaxBodyBytes = -1 // call.Read limits the body: huma would refuse one of exactly the limit
	a[op.OperationID] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{op: op, w: w, r: r, maxBody: limit}
		handler(c)
		c.finish()
	})
}

// ServeHTTP is part of huma.Adapter; requests come through a Mux instead.
func (adapter) ServeHTTP(http.ResponseWriter, *http.Request) {}

// call is one request and its answer, as huma sees them. The status is held back until the first byte or the end, so
// that an error model of huma's can still become a problem with another one, and a panic a 500.
type call struct {
	op      *huma.Operation
	w       http.ResponseWriter
	r       *http.Request
	maxBody int64
	read    int64
	bodyErr error // why the body could not be read: huma keeps no more than the text of it
	status  int
	problem int // the status of a problem; it wins over huma's
	started bool
}

func (c *call) finish() {
	if !c.started && c.status != 0 {
		c.start()
	}
}

func (c *call) start() {
	c.started = true
	c.w.WriteHeader(c.status)
}

// Read reads the request's body, as far as it is allowed to be long.
func (c *call) Read(p []byte) (int, error) {
	if c.r.ContentLength > c.maxBody {
		return 0, c.failRead(&http.MaxBytesError{Limit: c.maxBody})
	}
	n, err := c.r.Body.Read(p)
	c.read += int64(n)
	if c.read > c.maxBody {
		return 0, c.failRead(&http.MaxBytesError{Limit: c.maxBody})
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, c.failRead(err)
	}
	return n, err
}

func (c *call) failRead(err error) error {
	c.bodyErr = err
	return err
}

// Write sends part of the answer.
func (c *call) Write(p []byte) (int, error) {
	if !c.started {
		c.start()
	}
	return c.w.Write(p)
}

// sniffed is how long an answer net/http measures by itself.
const sniffed = 2048

// writeAll sends the whole answer at once.
func (c *call) writeAll(p []byte) {
	c.measure(p)
	_, _ = c.Write(p) // fails only where the client has gone: there is nobody left to tell
}

// writeShared is writeAll for what nobody will modify.
func (c *call) writeShared(p []byte) {
	c.measure(p)
	c.start()
	_, _ = WriteShared(c.w, p)
}

func (c *call) measure(p []byte) {
	if len(p) > sniffed {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(p)))
	}
}

// answerProblem makes the rest of the answer that of a problem.
func (c *call) answerProblem(p *Problem) {
	c.problem = p.Status
	p.setHeaders(c.w.Header())
}

func (c *call) Operation() *huma.Operation      { return c.op }
func (c *call) Context() context.Context        { return c.r.Context() }
func (c *call) TLS() *tls.ConnectionState       { return c.r.TLS }
func (c *call) Method() string                  { return c.r.Method }
func (c *call) Host() string                    { return c.r.Host }
func (c *call) RemoteAddr() string              { return c.r.RemoteAddr }
func (c *call) URL() url.URL                    { return *c.r.URL }
func (c *call) Param(name string) string        { return c.r.PathValue(name) }
func (c *call) Query(name string) string        { return queryparam.Get(c.r.URL.RawQuery, name) }
func (c *call) Header(name string) string       { return c.r.Header.Get(name) }
func (c *call) BodyReader() io.Reader           { return c }
func (c *call) BodyWriter() io.Writer           { return c }
func (c *call) Status() int                     { return c.status }
func (c *call) SetHeader(name, value string)    { c.w.Header().Set(name, value) }
func (c *call) AppendHeader(name, value string) { c.w.Header().Add(name, value) }

// SetReadDeadline does nothing: the server's read timeout covers the body, without a timer of its own a request.
func (c *call) SetReadDeadline(time.Time) error { return nil }

// SetStatus holds the status back; see call.
func (c *call) SetStatus(status int) {
	if c.problem != 0 {
		status = c.problem
	}
	c.status = status
}

func (c *call) Version() huma.ProtoVersion {
	return huma.ProtoVersion{Proto: c.r.Proto, ProtoMajor: c.r.ProtoMajor, ProtoMinor: c.r.ProtoMinor}
}

func (c *call) EachHeader(visit func(name, value string)) {
	for name, values := range c.r.Header {
		for _, value := range values {
			visit(name, value)
		}
	}
}

// GetMultipartForm refuses: the API speaks JSON.
func (c *call) GetMultipartForm() (*multipart.Form, error) { return nil, http.ErrNotMultipart }
