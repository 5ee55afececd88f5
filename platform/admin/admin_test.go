package admin_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/admin"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/health"
)

func newServer(token config.Secret) *admin.Server {
	registry := prometheus.NewRegistry()
	seats := prometheus.NewCounter(prometheus.CounterOpts{Name: "seats_total", Help: "Seats."})
	registry.MustRegister(seats)
	seats.(prometheus.ExemplarAdder).AddWithExemplar(2, prometheus.Labels{"trace_id": "abc"})
	s := admin.New(admin.Options{Listen: "127.0.0.1:0", Registry: registry, Health: health.New(), Token: token})
	s.Handle("POST /admin/booking/replay", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "replayed")
	}))
	return s
}

func call(s *admin.Server, method, path, authorization string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestCommandsNeedTheToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		token         config.Secret
		authorization string
		status        int
		code          string
	}{
		"right token":            {"t0ken", "Bearer t0ken", http.StatusOK, ""},
		"wrong token":            {"t0ken", "Bearer token", http.StatusUnauthorized, "admin-token-invalid"},
		"longer token":           {"t0ken", "Bearer t0kent0ken", http.StatusUnauthorized, "admin-token-invalid"},
		"empty token":            {"t0ken", "Bearer ", http.StatusUnauthorized, "admin-token-invalid"},
		"no token":               {"t0ken", "", http.StatusUnauthorized, "admin-token-invalid"},
		"token without scheme":   {"t0ken", "t0ken", http.StatusUnauthorized, "admin-token-invalid"},
		"masked token":           {"t0ken", "Bearer ***", http.StatusUnauthorized, "admin-token-invalid"},
		"none configured":        {"", "", http.StatusForbidden, "admin-token-not-configured"},
		"none configured, given": {"", "Bearer ", http.StatusForbidden, "admin-token-not-configured"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := call(newServer(c.token), http.MethodPost, "/admin/booking/replay", c.authorization)
			require.Equal(t, c.status, w.Code)
			if c.code == "" {
				require.Equal(t, "replayed", w.Body.String())
				return
			}
			require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
			var problem struct{ Code, Detail string }
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem))
			require.Equal(t, c.code, problem.Code)
			require.NotContains(t, w.Body.String(), "t0ken")
		})
	}
}

func TestUnknownPathsAreProblems(t *testing.T) {
	t.Parallel()
	s := newServer("t0ken")
	for path, status := range map[string]int{"/": http.StatusNotFound, "/admin/booking/replay": http.StatusMethodNotAllowed} {
		w := call(s, http.MethodGet, path, "Bearer t0ken")
		require.Equal(t, status, w.Code)
		require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	}
}

func TestMetricsShowExemplars(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	w := httptest.NewRecorder()
	newServer("").Handler().ServeHTTP(w, r)
	require.Contains(t, w.Header().Get("Content-Type"), "application/openmetrics-text")
	require.Contains(t, w.Body.String(), `seats_total 2.0 # {trace_id="abc"} 2.0`)
}

func TestHealthAndProfilesAreServed(t *testing.T) {
	t.Parallel()
	s := newServer("")
	for path, status := range map[string]int{
		"/livez":                         http.StatusOK,
		"/readyz":                        http.StatusServiceUnavailable,
		"/healthz?verbose":               http.StatusOK,
		"/debug/pprof/":                  http.StatusOK,
		"/debug/pprof/block":             http.StatusOK,
		"/debug/pprof/goroutine?debug=1": http.StatusOK,
		"/debug/pprof/heap":              http.StatusOK,
		"/debug/pprof/mutex":             http.StatusOK,
		"/debug/pprof/profile?seconds=1": http.StatusOK,
		"/debug/pprof/cmdline":           http.StatusNotFound, // arguments may hold secrets
	} {
		require.Equal(t, status, call(s, http.MethodGet, path, "").Code, path)
	}
}

func TestPortListens(t *testing.T) {
	t.Parallel()
	s := newServer("")
	require.NoError(t, s.Start(t.Context()))
	answer, err := http.Get("http://" + s.Addr() + "/livez")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, s.Stop(context.Background()))
}
