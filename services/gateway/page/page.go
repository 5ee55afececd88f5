// Package page serves the built web page beside the API: its files, and index.html for every address that is the page's own to
// understand, so that links into it work.
package page

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// policy replaces that of the API, which allows nothing. Whatever the page runs, shows and calls comes from here; data: is for
// the small pictures in Bootstrap's style sheet.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

// unbuilt is the answer to whoever looks for the page in a binary without it.
const unbuilt = "The web page is not in this binary: build it with `make build`, which needs Node. The API is described at /docs.\n"

// Page is an http.Handler in front of the API's.
type Page struct {
	built fs.FS
	files map[string]file // by URL path
	next  http.Handler
}

// New returns the page in front of next, which answers everything else. Without a built page, which is nil, a line at / says how
// to get one.
func New(built fs.FS, next http.Handler) (*Page, error) {
	p := &Page{built: built, next: next}
	if built == nil {
		return p, nil
	}
	var err error
	if p.files, err = list(built); err != nil {
		return nil, fmt.Errorf("read the built page: %w", err)
	}
	return p, nil
}

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if apis(r.URL.Path) || r.Method != http.MethodGet && r.Method != http.MethodHead {
		p.next.ServeHTTP(w, r)
		return
	}
	switch f, found := p.find(r); {
	case found:
		p.serve(w, r, f)
	case p.built == nil && r.URL.Path == "/":
		r.Pattern = "GET /"
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, unbuilt) // fails only where the client has gone
	default:
		p.next.ServeHTTP(w, r)
	}
}

// apis reports whether the path is one of the API or of its description, whether there is something or not.
func apis(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/docs" || strings.HasPrefix(path, "/docs/") || path == "/openapi.json"
}

// find returns the file that answers the request: its own, or index.html where a person follows a link into the page.
func (p *Page) find(r *http.Request) (file, bool) {
	if f, found := p.files[r.URL.Path]; found {
		return f, true
	}
	if strings.HasPrefix(r.URL.Path, assets) || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return file{}, false
	}
	index, found := p.files["/"]
	return index, found
}

func (p *Page) serve(w http.ResponseWriter, r *http.Request, f file) {
	r.Pattern = f.pattern // for telemetry: no mux has seen the request
	h := w.Header()
	h.Set("Content-Type", f.mediaType)
	h.Set("Cache-Control", f.cacheControl)
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if f.etag != "" {
		h.Set("Etag", f.etag)
	}
	if f.index {
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Add("Vary", "Accept")
	}
	name := f.name
	if f.compressed > 0 {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			name += gzipped
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.FormatInt(f.compressed, 10)) // ServeContent leaves it out of encoded answers
		}
	}
	content, err := p.built.Open(name)
	if err != nil {
		panic(fmt.Errorf("a file of the page has gone: %w", err)) // unreachable: they are part of the binary
	}
	defer func() { _ = content.Close() }()                              // of what is in memory
	http.ServeContent(w, r, name, time.Time{}, content.(io.ReadSeeker)) // embedded files have no time, and can seek
}

// acceptsGzip reports whether the client takes a compressed answer.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight, weighed := strings.CutPrefix(strings.TrimSpace(weight), "q=")
			q, err := strconv.ParseFloat(weight, 64)
			return !weighed || err == nil && q > 0
		}
	}
	return false
}
