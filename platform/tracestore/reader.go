package tracestore

import (
	"encoding/binary"
	"net"
	"strings"
	"time"

	"github.com/openzipkin/zipkin-go/model"
)

// reader reads records of a segment.
type reader struct {
	segment
	at    int
	words map[int]string // those read before, by place
}

func newReader(g segment) *reader { return &reader{segment: g, words: map[int]string{}} }

// span reads the record of the i-th entry.
func (r *reader) span(i int) model.SpanModel {
	r.at = 0
	if i > 0 {
		r.at = r.entries[i-1].end
	}
	flags := r.data[r.at]
	r.at++
	s := model.SpanModel{SpanContext: model.SpanContext{TraceID: r.entries[i].trace, ID: r.id()}}
	if flags&hasParent != 0 {
		parent := r.id()
		s.ParentID = &parent
	}
	s.Debug, s.Shared = flags&isDebug != 0, flags&isShared != 0
	s.Kind = model.Kind(r.string())
	s.Name = strings.ToLower(r.string())
	s.Timestamp = fromMicros(r.entries[i].start)
	s.Duration = time.Duration(r.number()) * time.Microsecond
	if flags&hasLocal != 0 {
		s.LocalEndpoint = r.endpoint()
	}
	if flags&hasRemote != 0 {
		s.RemoteEndpoint = r.endpoint()
	}
	for range r.number() {
		s.Annotations = append(s.Annotations, model.Annotation{Timestamp: fromMicros(int64(r.number())), Value: r.string()})
	}
	if n := r.number(); n > 0 {
		s.Tags = make(map[string]string, n)
		for range n {
			key := r.string()
			s.Tags[key] = r.string()
		}
	}
	return s
}

func (r *reader) id() model.ID {
	r.at += 8
	return model.ID(binary.LittleEndian.Uint64(r.data[r.at-8:]))
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.data[r.at:])
	r.at += size
	return n
}

func (r *reader) string() string {
	n := r.number()
	if n&1 == 0 {
		return string(r.take(int(n >> 1)))
	}
	place := int(n >> 1)
	word, known := r.words[place]
	if !known {
		back := r.at
		r.at = place
		word = string(r.take(int(r.number() >> 1)))
		r.words[place] = word
		r.at = back
	}
	return word
}

func (r *reader) take(n int) []byte {
	r.at += n
	return r.data[r.at-n : r.at]
}

func (r *reader) endpoint() *model.Endpoint {
	return &model.Endpoint{
		ServiceName: strings.ToLower(r.string()),
		IPv4:        r.ip(),
		IPv6:        r.ip(),
		Port:        uint16(r.number()),
	}
}

func (r *reader) ip() net.IP { return append(net.IP(nil), r.take(int(r.number()))...) }
