package zipkin

import (
	"bytes"
	"compress/gzip"
	"io"
	"sync"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// batch is what one export needs; its buffers are used again for the next.
type batch struct {
	conversion conversion
	services   services
	json       []byte
	zipped     bytes.Buffer
	zipper     *gzip.Writer
	payload    payload
}

func newBatch() *batch { return &batch{services: services{}} }

// encode writes spans as a JSON array, leaves out those that Zipkin would refuse, and returns how many these are and what
// is wrong with the last of them.
func (b *batch) encode(spans []sdktrace.ReadOnlySpan) (invalid int, why error) {
	b.json = append(b.json[:0], '[')
	for _, s := range spans {
		b.conversion.convert(s, b.services.of(s.Resource()))
		encoded, err := b.conversion.appendJSON(b.json)
		if err != nil {
			invalid, why = invalid+1, err
			continue
		}
		b.json = append(encoded, ',')
	}
	if last := len(b.json) - 1; b.json[last] == ',' {
		b.json = b.json[:last]
	}
	b.json = append(b.json, ']')
	return invalid, why
}

// body returns the encoded spans as a request's body.
func (b *batch) body(zip bool) *payload {
	b.payload.bytes = b.json
	if zip {
		b.payload.bytes = b.zip()
	}
	return &b.payload
}

func (b *batch) zip() []byte {
	b.zipped.Reset()
	if b.zipper == nil {
		b.zipper, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // no error: the level is one
	}
	b.zipper.Reset(&b.zipped)
	_, _ = b.zipper.Write(b.json) // a buffer takes everything
	_ = b.zipper.Close()
	return b.zipped.Bytes()
}

// payload is the body of a request, which may be sent more than once. A transport may go on reading after it has brought
// the answer, so its bytes are free only when all readers are closed.
type payload struct {
	bytes []byte
	open  atomic.Int32 // readers not closed yet
}

func (p *payload) released() bool { return p.open.Load() == 0 }

// reader returns a new reader of the whole payload.
func (p *payload) reader() io.ReadCloser {
	p.open.Add(1)
	r := &payloadReader{payload: p}
	r.bytes.Reset(p.bytes)
	return r
}

type payloadReader struct {
	mu      sync.Mutex // a transport may close a body while it reads it
	bytes   bytes.Reader
	payload *payload // nil once closed
}

// Read implements io.Reader.
func (r *payloadReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.payload == nil {
		return 0, io.ErrClosedPipe
	}
	return r.bytes.Read(p)
}

// Close implements io.Closer; it may be called more than once.
func (r *payloadReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.payload != nil {
		r.payload.open.Add(-1)
		r.payload = nil
	}
	return nil
}
