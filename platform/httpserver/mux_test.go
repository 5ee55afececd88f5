package httpserver_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/httpserver"
)

func TestMostSpecificPatternWins(t *testing.T) {
	t.Parallel()
	mux := httpserver.NewMux()
	for _, pattern := range []string{"/a", "/a/{id}", "GET /b", "/b", "/c", "GET /c", "/d/e", "/f/"} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(pattern + " " + r.Pattern + " " + r.PathValue("id")))
		})
	}
	for request, want := range map[string]string{
		"GET /a": "/a /a ", "PUT /a": "/a /a ", "GET /a/1": "/a/{id} /a/{id} 1", "GET /a/%20": "/a/{id} /a/{id}  ",
		"GET /b": "GET /b GET /b ", "PUT /b": "/b /b ", "GET /c": "GET /c GET /c ", "PUT /c": "/c /c ",
		"GET /d/e": "/d/e /d/e ", "GET /f/g": "/f/ /f/ ",
	} {
		method, path := request[:3], request[4:]
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
		require.Equal(t, want, w.Body.String(), request)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/d%2Fe", http.NoBody))
	require.Equal(t, http.StatusNotFound, w.Code, "an escaped slash is no separator")
}
