package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/myevents/myevents/platform/admin"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/ids"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/embedded"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
	"github.com/myevents/myevents/services/identity/app"
	"github.com/myevents/myevents/services/identity/passwords"
)

const (
	password = "correct horse battery"
	operator = "root@example.org"
)

// world is the identity service in a process of its own, with a real broker and a real store.
type world struct {
	t      *testing.T
	config app.Config
	host   *process.Host
	broker messaging.Broker
	app    *app.App // of the last start
	hosted *process.Hosted
	logs   *telemetrytest.Output
	spans  *tracetest.SpanRecorder

	mu    sync.Mutex
	ahead time.Duration // of the world's clock before the real one
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, logs: &telemetrytest.Output{}, spans: tracetest.NewSpanRecorder()}
	w.config = app.Config{
		Store: "sqlite:" + filepath.Join(t.TempDir(), "identity.db"), Pepper: "pepper of the tests",
		PasswordCost: passwords.MinCost, KeyRotation: 24 * time.Hour, BootstrapOperator: operator,
	}
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	w.broker, err = server.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.broker.Close()) })

	registry, checks := prometheus.NewRegistry(), health.New()
	w.host = &process.Host{
		Logs: w.logs, Registry: registry, SpanProcessors: []sdktrace.SpanProcessor{w.spans},
		Broker: w.broker, Health: checks, Clock: w.now, NewID: ids.New,
		Admin: admin.New(admin.Options{Registry: registry, Health: checks, Token: "admin token"}),
	}
	w.hosted = w.host.Hosted("identity", func(ctx context.Context, env *process.Env) (process.Service, error) {
		var err error
		w.app, err = app.New(ctx, w.config, env)
		return w.app, err
	})
	self := func(string) (string, http.RoundTripper) { return "http://identity", httpserver.InMemory(w.hosted) }
	w.host.Dial, w.host.DialAdmin = self, self
	return w
}

// start returns a world whose service runs. At its end nothing personal or secret may be found in logs and traces.
func start(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	require.NoError(t, w.hosted.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, w.hosted.Stop(context.Background()))
		w.requireDiscretion()
	})
	return w
}

func (w *world) restart() {
	w.t.Helper()
	require.NoError(w.t, w.hosted.Stop(w.t.Context()))
	require.NoError(w.t, w.hosted.Start(w.t.Context()))
}

func (w *world) requireDiscretion() {
	w.t.Helper()
	told := w.logs.String()
	for _, span := range w.spans.Ended() {
		told += fmt.Sprintln(span.Name(), span.Attributes(), span.Events(), span.Status())
	}
	require.NotEmpty(w.t, told)
	for _, secret := range []string{"@example.org", "%40example.org", password, "another password", "eyJ", "pepper", "$2a$"} {
		require.NotContains(w.t, told, secret)
	}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead).In(time.FixedZone("elsewhere", 3600)) // answers must be in UTC all the same
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

// answer is what the service answered.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   map[string]any
}

func (w *world) call(token, method, path, body string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	w.hosted.ServeHTTP(recorder, r)
	a := answer{t: w.t, status: recorder.Code, header: recorder.Header()}
	if recorder.Body.Len() > 0 {
		require.NoError(w.t, json.Unmarshal(recorder.Body.Bytes(), &a.body), recorder.Body.String())
	}
	return a
}

func (a answer) requireStatus(status int) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.body)
	return a
}

func (a answer) requireProblem(status int, code string) answer {
	a.t.Helper()
	a.requireStatus(status)
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
	require.Equal(a.t, code, a.body["code"])
	return a
}

func (a answer) requireField(field string) {
	a.t.Helper()
	var fields []any
	list, _ := a.body["errors"].([]any)
	for _, e := range list {
		fields = append(fields, e.(map[string]any)["field"])
	}
	require.Contains(a.t, fields, field)
}

func (a answer) text(field string) string {
	a.t.Helper()
	value, ok := a.body[field].(string)
	require.True(a.t, ok, "%s in %v", field, a.body)
	return value
}

func profile(email string) string {
	return fmt.Sprintf(`{"email":%q,"password":%q,"first_name":"Ada","last_name":"Lovelace"}`, email, password)
}

func credentials(email, password string) string {
	return fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)
}

// signUp returns the id of a new user.
func (w *world) signUp(email string) string {
	w.t.Helper()
	return w.call("", "POST", "/api/v1/users", profile(email)).requireStatus(http.StatusCreated).text("id")
}

// signIn returns a token.
func (w *world) signIn(email string) string {
	w.t.Helper()
	return w.call("", "POST", "/api/v1/sessions", credentials(email, password)).requireStatus(http.StatusCreated).text("token")
}

// audit returns the audit lines of an action.
func (w *world) audit(action string) []map[string]any {
	w.t.Helper()
	var lines []map[string]any
	for _, text := range strings.Split(strings.TrimSpace(w.logs.String()), "\n") {
		var line map[string]any
		require.NoError(w.t, json.Unmarshal([]byte(text), &line), text)
		if line["event.category"] == "audit" && line["event.action"] == action {
			lines = append(lines, line)
		}
	}
	return lines
}
