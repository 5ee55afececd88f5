package process_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/process"
)

// healthcheck runs the command of a service process with these variables.
func healthcheck(t *testing.T, environment map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	getenv := func(name string) string { return environment[name] }
	code = process.Main(t.Context(), append([]string{"healthcheck"}, args...), getenv, &out, &errs, process.Spec[none]{
		Name: "shop", New: func(context.Context, none, *process.Env) (process.Service, error) {
			return nil, errors.New("the healthcheck started the service")
		},
	})
	return code, out.String(), errs.String()
}

// adminPort serves the health of a process and returns its address.
func adminPort(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func TestHealthcheckFollowsReadiness(t *testing.T) {
	t.Parallel()
	checks := health.New()
	checks.Register("broker", func(context.Context) (map[string]any, error) { return nil, errors.New("away") })
	address := adminPort(t, checks.Handler())

	code, stdout, stderr := healthcheck(t, nil, "--admin-listen", address)
	require.Equal(t, 1, code)
	require.Empty(t, stdout)
	require.Equal(t, `shop: not ready: 503 Service Unavailable {"status":"failing"}`+"\n", stderr)

	checks.SetReady(true)
	code, stdout, stderr = healthcheck(t, nil, "--admin-listen", address)
	require.Zero(t, code, stderr)
	require.Equal(t, "ready\n", stdout)
}

func TestHealthcheckNamesWhatTheProcessWaitsFor(t *testing.T) {
	t.Parallel()
	checks := health.New()
	checks.Require("shop.keys", func(context.Context) (map[string]any, error) { return nil, errors.New("identity is away") })
	checks.SetReady(true)
	code, _, stderr := healthcheck(t, nil, "--admin-listen", adminPort(t, checks.Handler()))
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "shop.keys")
	require.Contains(t, stderr, "identity is away")
}

func TestHealthcheckFindsTheAdminPortAsTheProcessDoes(t *testing.T) {
	t.Parallel()
	checks := health.New()
	checks.SetReady(true)
	address := adminPort(t, checks.Handler())
	_, port, _ := strings.Cut(address, ":")
	for name, listen := range map[string]string{
		"host and port": address, "port only": ":" + port, "any IPv4 address": "0.0.0.0:" + port, "URL": "http://" + address,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := healthcheck(t, map[string]string{"ADMIN_LISTEN": listen, "HTTP_PROXY": "http://127.0.0.1:1"})
			require.Zero(t, code, stderr)
		})
	}
}

func TestHealthcheckFailsInTimeAndInOneLine(t *testing.T) {
	t.Parallel()
	released := make(chan struct{})
	hanging := adminPort(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-released }))
	t.Cleanup(func() { close(released) }) // before the server closes, which waits for the answer
	for name, address := range map[string]string{"nobody listens": "127.0.0.1:1", "nobody answers": hanging} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			code, stdout, stderr := healthcheck(t, nil, "--admin-listen", address)
			require.Equal(t, 1, code)
			require.Empty(t, stdout)
			require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
			require.Less(t, time.Since(began), 10*time.Second)
		})
	}
	code, _, stderr := healthcheck(t, nil, "--colour")
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "--colour")
}
