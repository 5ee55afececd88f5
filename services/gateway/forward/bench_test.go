package forward_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/myevents/myevents/platform/httpserver"
)

// BenchmarkHop compares what one hop inside a process costs: the handler alone, behind this package and behind
// net/http's own proxy.
func BenchmarkHop(b *testing.B) {
	page := bytes.Repeat([]byte("a"), 4096)
	service := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Content-Type"] = []string{"application/json"}
		h["Etag"] = []string{`"1"`}
		_, _ = httpserver.WriteShared(w, page)
	})
	transport := httpserver.InMemory(service)
	o := options()
	o.Transport = transport
	proxy := &httputil.ReverseProxy{
		Transport: transport, BufferPool: &buffers{},
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "booking"}) },
	}
	for _, c := range []struct {
		name    string
		handler http.Handler
	}{
		{"none", service},
		{"forward", newService(b, o)},
		{"httputil.ReverseProxy", proxy},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/api/v1/events?limit=100", nil)
			header := http.Header{
				"Accept": {"application/json"}, "Accept-Encoding": {"gzip"}, "Authorization": {"Bearer token"},
				"Connection": {"keep-alive"}, "If-None-Match": {`"0"`}, "User-Agent": {"bench"}, "X-Forwarded-For": {"192.0.2.1"},
			}
			w := &discard{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				r.Header = header.Clone() // forwarding takes it
				c.handler.ServeHTTP(w, r)
			}
		})
	}
}

// discard takes an answer without keeping it, so that only the hop is measured.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
