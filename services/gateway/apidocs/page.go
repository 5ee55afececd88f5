package apidocs

import (
	"bytes"
	_ "embed" // the page's template and style
	"fmt"
	"html/template"
	"net/http"

	"github.com/myevents/myevents/platform/auth"
)

var (
	//go:embed page.html
	pageTemplate string
	//go:embed style.css
	styleSheet []byte
)

// policy replaces the API's, which allows nothing: the page loads its own style sheet and shows text.
const policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"

// New renders the document once and returns a handler of the page at /docs and its style sheet at /docs/style.css. The
// access table says who may call what.
func New(document []byte, access auth.Table) (http.Handler, error) {
	v, err := newView(document, access)
	if err != nil {
		return nil, err
	}
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("parse template of the API page: %w", err)
	}
	var page bytes.Buffer
	if err := t.Execute(&page, v); err != nil {
		return nil, fmt.Errorf("render the API page: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/docs", static("text/html; charset=utf-8", page.Bytes()))
	mux.Handle("/docs/style.css", static("text/css; charset=utf-8", styleSheet))
	return mux, nil
}

func static(contentType string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		_, _ = w.Write(body) // fails only where the client has gone
	})
}
