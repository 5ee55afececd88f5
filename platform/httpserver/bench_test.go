package httpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
)

// discard is a response writer that costs nothing, so that a benchmark measures the API alone.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkAPI(b *testing.B) {
	s := newShop(b)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
	}{
		"get":    {http.MethodGet, "/shows/7", "", http.StatusOK},
		"cached": {http.MethodGet, "/cached", "", http.StatusOK},
		"create": {http.MethodPost, "/shows", goodShow, http.StatusCreated},
	} {
		b.Run(name, func(b *testing.B) {
			r, err := http.NewRequestWithContext(auth.WithPrincipal(b.Context(), *organizer), c.method, c.path, nil)
			require.NoError(b, err)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", "k")
			body := strings.NewReader("")
			r.Body, r.ContentLength = rewound{body}, int64(len(c.body))
			h := s.Handler()
			w := &discard{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(c.body)
				h.ServeHTTP(w, r)
			}
			require.Equal(b, c.status, w.status)
		})
	}
}

type rewound struct{ *strings.Reader }

func (rewound) Close() error { return nil }
