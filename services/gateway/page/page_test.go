package page_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/gateway/page"
)

const browsers = "text/html,application/xhtml+xml,*/*;q=0.8"

// open returns a page in front of an API that answers "api" to everything.
func open(t *testing.T) http.Handler {
	t.Helper()
	p, err := page.New(fstest.MapFS{
		"index.html":           {Data: []byte("<!doctype html>")},
		"favicon.svg":          {Data: []byte("<svg/>")},
		"site.webmanifest":     {Data: []byte("{}")},
		".vite/manifest.json":  {Data: []byte("{}")},
		".gitkeep":             {},
		"assets/app-1a.js":     {Data: []byte("a long script")},
		"assets/app-1a.js.gz":  {Data: []byte("short")},
		"assets/style-2b.css":  {Data: []byte("body{}")},
		"assets/picture-3c.xx": {Data: []byte("?")},
	}, api())
	require.NoError(t, err)
	return p
}

func api() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "api") })
}

func ask(h http.Handler, method, path string, header ...string) (*http.Request, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(method, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return r, w
}

func TestAddressesOfThePageAndOfTheAPI(t *testing.T) {
	t.Parallel()
	h := open(t)
	for _, c := range []struct{ method, path, accept, body, route string }{
		{http.MethodGet, "/", "", "<!doctype html>", "GET /"},
		{http.MethodHead, "/", "", "", "GET /"},
		{http.MethodGet, "/events/e1?seats=2", browsers, "<!doctype html>", "GET /"},
		{http.MethodGet, "/operator/traces/1", browsers, "<!doctype html>", "GET /"},
		{http.MethodGet, "/events/e1", "application/json", "api", ""},
		{http.MethodPost, "/", browsers, "api", ""},
		{http.MethodGet, "/index.html", "*/*", "api", ""},
		{http.MethodGet, "/favicon.svg", "*/*", "<svg/>", "GET /favicon.svg"},
		{http.MethodGet, "/assets/style-2b.css", "*/*", "body{}", "GET /assets/{file}"},
		{http.MethodGet, "/assets/style-old.css", browsers, "api", ""},
		{http.MethodGet, "/.vite/manifest.json", "*/*", "api", ""},
		{http.MethodGet, "/.gitkeep", "*/*", "api", ""},
		{http.MethodGet, "/assets/app-1a.js.gz", "*/*", "api", ""},
		{http.MethodGet, "/../secrets", "*/*", "api", ""},
		{http.MethodGet, "/api/v1/nothing", browsers, "api", ""},
		{http.MethodGet, "/docs", browsers, "api", ""},
		{http.MethodGet, "/docs/style.css", browsers, "api", ""},
		{http.MethodGet, "/openapi.json", browsers, "api", ""},
	} {
		r, w := ask(h, c.method, c.path, "Accept", c.accept)
		require.Equal(t, http.StatusOK, w.Code, c.path)
		require.Equal(t, c.body, w.Body.String(), "%s %s", c.method, c.path)
		require.Equal(t, c.route, r.Pattern, "%s %s", c.method, c.path)
	}
}

func TestPageMayRunItsOwnScriptsOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, w := ask(h, http.MethodGet, "/events/e1", "Accept", browsers)
	policy := w.Header().Get("Content-Security-Policy")
	for _, rule := range []string{
		"default-src 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'",
	} {
		require.Contains(t, policy, rule)
	}
	require.NotContains(t, policy, "unsafe")
	require.NotContains(t, policy, "http")
	require.Equal(t, "same-origin", w.Header().Get("Cross-Origin-Opener-Policy"))
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
}

func TestAssetsAreKeptForEverAndThePageIsAskedFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	for path, want := range map[string]string{
		"/": "no-cache", "/favicon.svg": "no-cache", "/assets/style-2b.css": "public, max-age=31536000, immutable",
	} {
		_, w := ask(h, http.MethodGet, path)
		require.Equal(t, want, w.Header().Get("Cache-Control"), path)
	}
	_, w := ask(h, http.MethodGet, "/")
	require.NotEmpty(t, w.Header().Get("Etag"))
	_, again := ask(h, http.MethodGet, "/events/e1", "Accept", browsers, "If-None-Match", w.Header().Get("Etag"))
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.String())
}

func TestCompressedTwinGoesToWhoeverAcceptsIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	for accepted, body := range map[string]string{
		"gzip": "short", "br, GZIP;q=0.5": "short", "": "a long script", "br": "a long script",
		"gzip;q=0": "a long script", "gzip;q=x": "a long script",
	} {
		_, w := ask(h, http.MethodGet, "/assets/app-1a.js", "Accept-Encoding", accepted)
		require.Equal(t, body, w.Body.String(), accepted)
		require.Equal(t, "Accept-Encoding", w.Header().Get("Vary"))
		require.Contains(t, w.Header().Get("Content-Type"), "javascript")
		require.Equal(t, body == "short", w.Header().Get("Content-Encoding") == "gzip", accepted)
		require.Equal(t, len(body), int(w.Result().ContentLength), accepted)
	}
	_, w := ask(h, http.MethodGet, "/assets/style-2b.css", "Accept-Encoding", "gzip")
	require.Empty(t, w.Header().Get("Content-Encoding"))
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	h := open(t)
	for path, want := range map[string]string{
		"/favicon.svg": "image/svg+xml", "/site.webmanifest": "application/manifest+json", "/assets/style-2b.css": "text/css; charset=utf-8",
		"/assets/picture-3c.xx": "application/octet-stream",
	} {
		_, w := ask(h, http.MethodGet, path)
		require.Equal(t, want, w.Header().Get("Content-Type"), path)
	}
}

func TestWithoutThePageALineSaysHowToGetIt(t *testing.T) {
	t.Parallel()
	h, err := page.New(nil, api())
	require.NoError(t, err)
	_, w := ask(h, http.MethodGet, "/", "Accept", browsers)
	require.Equal(t, 1, strings.Count(w.Body.String(), "\n"))
	require.Contains(t, w.Body.String(), "make build")
	require.Contains(t, w.Body.String(), "/docs")
	require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
	for _, path := range []string{"/events/e1", "/assets/app.js", "/api/v1/events"} {
		_, w := ask(h, http.MethodGet, path, "Accept", browsers)
		require.Equal(t, "api", w.Body.String(), path)
	}
}

func TestRequestOfTheAPICostsNothing(t *testing.T) {
	p, err := page.New(fstest.MapFS{"index.html": {}}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	require.NoError(t, err)
	r, w := httptest.NewRequest(http.MethodGet, "/api/v1/events", http.NoBody), httptest.NewRecorder()
	require.Zero(t, testing.AllocsPerRun(100, func() { p.ServeHTTP(w, r) }))
}
