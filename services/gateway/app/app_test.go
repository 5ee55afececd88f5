package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/deadletter"
	deadlettersqlite "github.com/myevents/myevents/platform/deadletter/sqlite"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/app"
)

// world is a gateway with stand-ins for the services behind it.
type world struct {
	handler http.Handler
	health  *health.Registry
}

// newWorld starts a gateway. A service that is missing from services is away.
func newWorld(t *testing.T, services map[string]http.Handler) world {
	t.Helper()
	return newWorldWith(t, config(), services)
}

func config() app.Config {
	return app.Config{MaxBody: 64 << 10, CallTimeout: 10 * time.Second, MaxCalls: 10}
}

func newWorldWith(t *testing.T, c app.Config, services map[string]http.Handler) world {
	t.Helper()
	return newWorldBeside(t, c, services, beside{})
}

// beside is what the gateway asks besides the services.
type beside struct {
	admin  map[string]http.Handler // the services' admin ports
	traces http.Handler            // nil: nobody keeps any
}

func newWorldBeside(t *testing.T, c app.Config, services map[string]http.Handler, b beside) world {
	t.Helper()
	env := environment(t, services, b)
	a, err := app.New(t.Context(), c, env)
	require.NoError(t, err)
	return world{handler: signIn(a.Handler()), health: env.Health}
}

func environment(t *testing.T, services map[string]http.Handler, b beside) *process.Env {
	t.Helper()
	voice, err := telemetry.New(telemetry.Options{Service: "gateway", Logs: io.Discard, Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	return &process.Env{
		Telemetry: voice, Health: health.New(), Clock: time.Now,
		Peer:      func(name string) process.Peer { return peer(name, services[name]) },
		AdminPeer: func(name string) process.Peer { return peer(name, b.admin[name]) },
		Traces: func(zipkin string) (process.Peer, bool) {
			if zipkin != "" {
				return process.Peer{URL: zipkin, Client: http.DefaultClient}, true
			}
			return peer("traces", b.traces), b.traces != nil
		},
	}
}

// peer returns the way to a handler; without one nobody answers there.
func peer(name string, h http.Handler) process.Peer {
	if h == nil {
		h = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	}
	return process.Peer{URL: "http://" + name, Client: &http.Client{Transport: httpserver.InMemory(signIn(h))}}
}

// signIn stands in for the process's verifier: the token is the role.
func signIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token := r.Header.Get("Authorization"); token != "" {
			p := auth.Principal{UserID: "u", Roles: []string{token}}
			r = r.WithContext(auth.WithPrincipal(r.Context(), p))
		}
		next.ServeHTTP(w, r)
	})
}

func (w world) call(method, path, role string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if role != "" {
		r.Header.Set("Authorization", role)
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	return answer
}

func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
}

func allNamed() map[string]http.Handler {
	services := map[string]http.Handler{}
	for _, name := range gateway.Services() {
		services[name] = named(name)
	}
	return services
}

func TestRequestsReachTheirService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, allNamed())
	for _, c := range []struct{ path, service string }{
		{"/api/v1/users", "identity"},
		{"/api/v1/users/me", "identity"},
		{"/api/v1/sessions/current", "identity"},
		{"/api/v1/events", "event"},
		{"/api/v1/events/1/cancel", "event"},
		{"/api/v1/events/1/bookings", "booking"},
		{"/api/v1/bookings/1", "booking"},
		{"/api/v1/locations/1", "event"},
		{"/api/v1/search?q=jazz", "search"},
		{"/api/v1/search/bookings", "search"},
		{"/api/v1/operator/dead-letters/booking.1", "booking"},
		{"/api/v1/operator/dead-letters/search.1/requeue", "search"},
		{"/api/v1/operator/dead-letters/event.a.b/drop", "event"},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.service, w.call(http.MethodPost, c.path, "").Body.String())
		})
	}
}

func TestNothingElseIsReachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, allNamed())
	for _, path := range []string{
		"/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/events/1/2/3", "/api/v2/events", "/events",
		"/.well-known/jwks.json", "/admin/booking/replay", "/metrics", "/debug/pprof/",
		"/api/v1/operator/dead-letters/gateway.1", "/api/v1/operator/dead-letters/identity.1", "/api/v1/operator/dead-letters/booking",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			answer := w.call(http.MethodGet, path, "")
			require.Equal(t, http.StatusNotFound, answer.Code)
			require.Equal(t, "application/problem+json", answer.Header().Get("Content-Type"))
		})
	}
}

func TestRouteIsKnownToTelemetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, allNamed())
	r := httptest.NewRequest(http.MethodPost, "/api/v1/events/1/bookings", nil)
	w.handler.ServeHTTP(httptest.NewRecorder(), r)
	require.Equal(t, "/api/v1/events/{id}/bookings", r.Pattern)
}

func TestConfigurationReachesTheDoor(t *testing.T) {
	t.Parallel()
	c := config()
	c.CORSOrigins, c.TrustedProxies = []string{"https://shop.example"}, []string{"192.0.2.0/24"} // httptest's client is in it
	c.RateLimit, c.RateBurst, c.MaxBody = 0.001, 1, 5
	w := newWorldWith(t, c, allNamed())

	r := httptest.NewRequest(http.MethodPost, "/api/v1/users", strings.NewReader("123456"))
	r.Header.Set("Origin", "https://shop.example")
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	first, second := httptest.NewRecorder(), httptest.NewRecorder()
	w.handler.ServeHTTP(first, r)
	require.Equal(t, http.StatusRequestEntityTooLarge, first.Code)
	require.Equal(t, "https://shop.example", first.Header().Get("Access-Control-Allow-Origin"))
	require.Contains(t, first.Header().Get("Access-Control-Expose-Headers"), "Trace-Id")
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	w.handler.ServeHTTP(second, r)
	require.Equal(t, http.StatusTooManyRequests, second.Code)
	require.Equal(t, http.StatusOK, w.call(http.MethodGet, "/api/v1/events", "").Code, "the proxy itself is another client")

	for _, broken := range []app.Config{{CORSOrigins: []string{"*"}}, {TrustedProxies: []string{"x"}}, {RateLimit: -1}} {
		_, err := app.New(t.Context(), broken, environment(t, nil, beside{}))
		require.Error(t, err)
	}
}

func TestServiceAwayTakesOnlyItsOwnRoutesAway(t *testing.T) {
	t.Parallel()
	services := allNamed()
	delete(services, "event")
	w := newWorld(t, services)
	require.Equal(t, http.StatusOK, w.call(http.MethodPost, "/api/v1/events/1/bookings", "").Code)
	for range 5 {
		answer := w.call(http.MethodPost, "/api/v1/events", "")
		require.Equal(t, http.StatusServiceUnavailable, answer.Code)
		require.Contains(t, answer.Body.String(), "event service")
	}
	verbose := httptest.NewRecorder()
	w.health.Handler().ServeHTTP(verbose, httptest.NewRequest(http.MethodGet, "/healthz?verbose", nil))
	require.Equal(t, http.StatusServiceUnavailable, verbose.Code)
	require.Contains(t, verbose.Body.String(), `"circuit":"open"`)
}

func TestDescriptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)

	document := w.call(http.MethodGet, "/openapi.json", "")
	require.Equal(t, "application/json", document.Header().Get("Content-Type"))
	require.True(t, json.Valid(document.Body.Bytes()))

	page := w.call(http.MethodGet, "/docs", "")
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Body.String(), "MyEvents API")
	require.NotContains(t, page.Body.String(), "<script")
	require.NotRegexp(t, `(src|href)="(https?:)?//`, page.Body.String(), "nothing from third parties")
	require.Equal(t, []string{"default-src 'none'; style-src 'self'; frame-ancestors 'none'"}, page.Header()["Content-Security-Policy"])

	require.Equal(t, "text/css; charset=utf-8", w.call(http.MethodGet, "/docs/style.css", "").Header().Get("Content-Type"))
	require.Equal(t, http.StatusOK, w.call(http.MethodGet, "/", "").Code, "the page, or how to get it")
}

type page struct {
	Items      []deadletter.Letter `json:"items"`
	NextCursor string              `json:"next_cursor"`
	Missing    []string            `json:"missing"`
}

func TestDeadLettersOfAllServicesAreOneList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]http.Handler{
		"booking": withLetters(t, "booking", 5), "event": withLetters(t, "event", 0), "search": withLetters(t, "search", 5),
	})
	for _, limit := range []int{1, 2, 5, 6, 7, 100} {
		t.Run(fmt.Sprintf("%d a page", limit), func(t *testing.T) {
			t.Parallel()
			var ids []string
			for cursor, pages := "", 0; ; pages++ {
				require.Less(t, pages, 20, "the pages do not end")
				p := w.letters(t, fmt.Sprintf("?limit=%d&cursor=%s", limit, cursor))
				require.Empty(t, p.Missing)
				require.LessOrEqual(t, len(p.Items), limit)
				for _, l := range p.Items {
					ids = append(ids, l.ID)
				}
				if cursor = p.NextCursor; cursor == "" {
					break
				}
			}
			require.Equal(t, []string{
				"booking.0", "booking.1", "booking.2", "booking.3", "booking.4", "search.0", "search.1", "search.2", "search.3", "search.4",
			}, ids)
		})
	}
}

func TestDeadLettersOfTheOthersAreListedWhileAServiceIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]http.Handler{
		"booking": withLetters(t, "booking", 1), "search": withLetters(t, "search", 1),
	})
	p := w.letters(t, "")
	require.Len(t, p.Items, 2)
	require.Equal(t, []string{"event"}, p.Missing)
}

func TestDeadLettersAreForOperators(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	require.Equal(t, http.StatusUnauthorized, w.call(http.MethodGet, gateway.DeadLetters, "").Code)
	require.Equal(t, http.StatusForbidden, w.call(http.MethodGet, gateway.DeadLetters, auth.RoleOrganizer).Code)
	for _, cursor := range []string{"!", "bm90aGluZw", "Z2F0ZXdheS8x"} {
		answer := w.call(http.MethodGet, gateway.DeadLetters+"?cursor="+cursor, auth.RoleOperator)
		require.Equal(t, http.StatusBadRequest, answer.Code)
		require.Contains(t, answer.Body.String(), `"field":"cursor"`)
	}
}

func (w world) letters(t *testing.T, query string) page {
	t.Helper()
	answer := w.call(http.MethodGet, gateway.DeadLetters+query, auth.RoleOperator)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
	var p page
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &p))
	return p
}

// withLetters is a service with n dead letters, made of the real parts.
func withLetters(t *testing.T, service string, n int) http.Handler {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), service+".db"), Service: service, Schema: deadlettersqlite.Schema,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	store := deadlettersqlite.New(db)
	for i := range n {
		require.NoError(t, store.Park(t.Context(), deadletter.Letter{
			ID: fmt.Sprintf("%s.%d", service, i), Service: service, Topic: "event", Payload: []byte(`{}`),
			Failures: []deadletter.Failure{{Error: "boom"}},
		}))
	}
	api := httpserver.NewAPI(httpserver.APIOptions{Title: service, Access: contracts.Access()})
	deadletter.Register(api, deadletter.NewQueue(deadletter.QueueOptions{
		Store: store, Process: func(context.Context, string, []byte) error { return nil },
		Audit: func(context.Context, audit.Entry) {}, Clock: time.Now,
	}))
	require.NoError(t, api.Err())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" { // within a process the caller's context would do
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		api.Handler().ServeHTTP(w, r)
	})
}
