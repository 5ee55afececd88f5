package httpserver

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/myevents/myevents/platform/fault"
)

// Mux is an http.ServeMux that answers unknown paths and methods with problems instead of plain text. A request no
// route matches keeps an empty Pattern.
type Mux struct {
	mux     *http.ServeMux
	literal map[string]http.Handler // by patterns that are a path, which no others match as well
}

// NewMux returns a Mux without routes.
func NewMux() *Mux {
	m := &Mux{mux: http.NewServeMux(), literal: map[string]http.Handler{}}
	m.mux.HandleFunc(everything, m.unmatched)
	return m
}

// everything is the pattern that catches what no other does, wrong methods included.
const everything = "/"

// Handle registers h for the pattern; see http.ServeMux.
func (m *Mux) Handle(pattern string, h http.Handler) {
	m.mux.Handle(pattern, h)
	_, path, hasMethod := strings.Cut(pattern, " ")
	switch {
	case hasMethod:
		m.literal[path] = nil // the pattern without a method is the less specific one, whichever comes first
	case strings.HasPrefix(pattern, "/") && !strings.HasSuffix(pattern, "/") && !strings.Contains(pattern, "{"):
		if _, shadowed := m.literal[pattern]; !shadowed {
			m.literal[pattern] = h
		}
	}
}

// HandleFunc registers h for the pattern; see http.ServeMux.
func (m *Mux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}

// ServeHTTP hands r to the route that matches it. A query that cannot be parsed is refused: net/http would leave out
// the broken part and answer a question that nobody asked.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.ContainsAny(r.URL.RawQuery, "%;") { // nothing else can be wrong with a query
		if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
			WriteProblem(w, r, fault.InvalidField("query", "must be a well-formed query string"))
			return
		}
	}
	// An escaped path may spell a literal one otherwise, which http.ServeMux does not take for the same.
	if h := m.literal[r.URL.Path]; h != nil && r.URL.RawPath == "" {
		r.Pattern = r.URL.Path
		h.ServeHTTP(w, r)
		return
	}
	m.mux.ServeHTTP(w, r)
}

func (m *Mux) unmatched(w http.ResponseWriter, r *http.Request) {
	r.Pattern = ""
	allowed := m.methods(r)
	if len(allowed) == 0 {
		WriteProblem(w, r, fault.New(fault.NotFound, "route-not-found", "There is nothing at this path."))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	WriteProblem(w, r, fault.New(fault.Invalid, "method-not-allowed", "This path does not know that method."))
}

// methods returns those the request's path would have answered.
func (m *Mux) methods(r *http.Request) []string {
	var allowed []string
	for _, method := range []string{
		http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut,
	} {
		probe := *r
		probe.Method = method
		if _, pattern := m.mux.Handler(&probe); pattern != everything {
			allowed = append(allowed, method)
		}
	}
	return allowed
}
