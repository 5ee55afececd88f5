package allinone_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/platform/config"
)

// configure returns the configuration a person gets with these flags, on free ports and with cheap password hashes.
func configure(t *testing.T, args ...string) allinone.Config {
	t.Helper()
	var c allinone.Config
	args = append([]string{"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--password-cost", "4"}, args...)
	require.NoError(t, config.Parse("test", "", &c, args, func(string) string { return "" }, io.Discard))
	return c
}

func start(t *testing.T, c allinone.Config) *allinone.App {
	t.Helper()
	app, err := allinone.New(c, allinone.Options{Logs: io.Discard})
	require.NoError(t, err)
	require.NoError(t, app.Start(t.Context()))
	return app
}

func call(t *testing.T, method, url, token, body string, into any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Idempotency-Key", "once")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	if into != nil {
		require.NoError(t, json.Unmarshal(answer, into), string(answer))
	}
	return res.StatusCode
}

func signIn(t *testing.T, app *allinone.App, email string) string {
	t.Helper()
	var session struct{ Token string }
	body := `{"email":"` + email + `","password":"` + allinone.DemoPassword + `"}`
	require.Equal(t, http.StatusCreated, call(t, http.MethodPost, app.GatewayURL()+"/api/v1/sessions", "", body, &session))
	return session.Token
}

// book books two seats of the demo's first event under one fixed key and returns the booking's id.
func book(t *testing.T, app *allinone.App, token string) string {
	t.Helper()
	var booking struct{ ID string }
	require.Eventually(t, func() bool {
		url := app.GatewayURL() + "/api/v1/events/" + app.DemoEvent() + "/bookings"
		return call(t, http.MethodPost, url, token, `{"seats":2}`, &booking) == http.StatusCreated
	}, 10*time.Second, 10*time.Millisecond)
	return booking.ID
}

func TestRestartFindsEverything(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	c := configure(t, "--demo", "--data", data)
	app := start(t, c)
	id := book(t, app, signIn(t, app, allinone.DemoCustomer))
	require.NoError(t, app.Stop(t.Context()))
	require.NoError(t, app.Stop(t.Context()), "stopping twice is fine")

	app = start(t, c)
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	token := signIn(t, app, allinone.DemoCustomer)
	require.Equal(t, id, book(t, app, token), "the same key is the same booking after a restart")
	var page struct{ Items []any }
	require.Equal(t, http.StatusOK, call(t, http.MethodGet, app.GatewayURL()+"/api/v1/events?limit=100", "", "", &page))
	require.Len(t, page.Items, 40, "loading the demo again adds nothing")
}

func TestStoppedServiceIsAwayAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	app := start(t, configure(t, "--demo"))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	token := signIn(t, app, allinone.DemoCustomer)
	book(t, app, token)

	require.NoError(t, app.StopService(t.Context(), "event"))
	var problem struct{ Code string }
	require.Equal(t, http.StatusServiceUnavailable, call(t, http.MethodGet, app.GatewayURL()+"/api/v1/events", "", "", &problem))
	require.Equal(t, "unavailable", problem.Code)
	book(t, app, token)

	require.NoError(t, app.StartService(t.Context(), "event"))
	require.Eventually(t, func() bool {
		return call(t, http.MethodGet, app.GatewayURL()+"/api/v1/events", "", "", nil) == http.StatusOK
	}, 10*time.Second, 20*time.Millisecond)
}

func TestTemporaryDataIsRemovedAndNoGoroutineStays(t *testing.T) {
	before := runtime.NumGoroutine()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	app := start(t, configure(t))
	require.NoError(t, app.Stop(t.Context()))
	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left)
	http.DefaultClient.CloseIdleConnections()
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks())
		}
		runtime.Gosched()
	}
}

func stacks() string {
	all := make([]byte, 1<<20)
	return string(all[:runtime.Stack(all, true)])
}

func TestSecondProcessOnTheSameDataIsRefused(t *testing.T) {
	t.Parallel()
	c := configure(t, "--data", t.TempDir())
	app := start(t, c)
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	second, err := allinone.New(c, allinone.Options{Logs: io.Discard})
	require.NoError(t, err)
	require.ErrorContains(t, second.Start(t.Context()), "is held by process")
}

func TestAdminPort(t *testing.T) {
	t.Parallel()
	app := start(t, configure(t))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	require.Equal(t, http.StatusOK, call(t, http.MethodGet, app.AdminURL()+"/readyz", "", "", nil))
	require.Equal(t, http.StatusUnauthorized, call(t, http.MethodPost, app.AdminURL()+"/admin/booking/replay", "", "", nil))
	require.Equal(t, http.StatusOK, call(t, http.MethodPost, app.AdminURL()+"/admin/booking/replay", app.AdminToken().Reveal(), "", nil))
	res, err := http.Get(app.AdminURL() + "/metrics")
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	metrics, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	for _, service := range []string{"booking", "event", "gateway", "identity", "search"} {
		require.True(t, bytes.Contains(metrics, []byte(`service="`+service+`"`)), service)
	}
}
