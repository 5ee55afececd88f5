package door

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
)

// What pages of allowed origins may send and read.
const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Traceparent, Tracestate"
	corsExposed = "ETag, Location, Retry-After, Trace-Id"
	corsMaxAge  = "600" // seconds a browser may remember the answer to a preflight
)

// cors lets pages of the listed origins call. Credentials are never allowed: tokens travel in a header, not in cookies.
type cors struct {
	origins map[string]bool
}

func newCORS(origins []string) (*cors, error) {
	c := &cors{origins: make(map[string]bool, len(origins))}
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || o != u.Scheme+"://"+u.Host || strings.Contains(u.Host, "*") {
			return nil, fmt.Errorf("CORS origin %q must be a scheme and a host such as https://shop.example", o)
		}
		c.origins[o] = true
	}
	return c, nil
}

// handle adds the headers an allowed origin needs. It answers preflights itself and then reports true.
func (c *cors) handle(w http.ResponseWriter, r *http.Request) (done bool) {
	if len(c.origins) == 0 {
		return false
	}
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	if !c.origins[origin] {
		if preflight {
			httpserver.WriteProblem(w, r, fault.New(fault.Forbidden, "origin-not-allowed", "Pages of this origin may not call."))
		}
		return preflight // anything else is answered, and the page's browser keeps the answer from it
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	if !preflight {
		h.Set("Access-Control-Expose-Headers", corsExposed)
		return false
	}
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
	return true
}
