package command_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone/command"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

func noEnv(string) string { return "" }

// run executes a command that ends by itself.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = command.Run(t.Context(), args, noEnv, &out, &errs)
	return code, out.String(), errs.String()
}

// serve starts the platform and returns its data directory and the address of its admin port.
func serve(t *testing.T, args ...string) (data, admin string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	return data, address(greeted(t, append(args, "--data", data)...), "metrics", "/metrics")
}

// greeted starts the platform and returns what it greets with.
func greeted(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	greeting, ended := &telemetrytest.Output{}, make(chan int, 1)
	args = append(args, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--password-cost", "4")
	go func() { ended <- command.Run(ctx, args, noEnv, io.Discard, greeting) }()
	t.Cleanup(func() {
		stop()
		require.Zero(t, <-ended, greeting)
	})
	up := func() bool { return address(greeting.String(), "metrics", "/metrics") != "" }
	require.Eventually(t, up, 20*time.Second, 10*time.Millisecond, greeting)
	return greeting.String()
}

// address returns the URL that a greeting names, without its path; empty where it does not.
func address(greeting, name, path string) string {
	found := regexp.MustCompile(name + ` +(http://[^/]+)` + path + `\n`).FindStringSubmatch(greeting)
	if found == nil {
		return ""
	}
	return found[1]
}

func TestReplayRebuildsBothCopies(t *testing.T) {
	t.Parallel()
	data, admin := serve(t, "--demo")
	code, stdout, stderr := run(t, "replay", "--fresh", "--admin", admin, "--data", data)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "booking: applied 40, removed 0\n")
	require.Regexp(t, `search: applied \d+`, stdout)
}

func TestDeadLettersOfAnIdlePlatform(t *testing.T) {
	t.Parallel()
	data, admin := serve(t)
	code, stdout, stderr := run(t, "dlq", "list", "--admin", admin, "--data", data)
	require.Zero(t, code, stderr)
	require.Equal(t, 1, strings.Count(stdout, "\n"), "the heading only")

	code, _, stderr = run(t, "dlq", "show", "booking.unknown", "--admin", admin, "--data", data)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "404")
}

func TestHealthcheckFindsAReadyPlatform(t *testing.T) {
	t.Parallel()
	_, admin := serve(t)
	code, stdout, stderr := run(t, "healthcheck", "--admin-listen", admin)
	require.Zero(t, code, stderr)
	require.Equal(t, "ready\n", stdout)

	code, stdout, stderr = run(t, "healthcheck", "--admin-listen", "127.0.0.1:1")
	require.Equal(t, 1, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "not ready")
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "config.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"listen": ":0", "lisen": ":1"}`), 0o600))
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"unknown flag", []string{"--colour"}, 2, "--colour"},
		{"unknown key in the file", []string{"--config", file}, 2, "lisen"},
		{"unknown command", []string{"dance"}, 2, "dance"},
		{"no admin token", []string{"dlq", "list"}, 2, "--admin-token or --data"},
		{"no data there", []string{"dlq", "list", "--data", dir}, 1, "no admin token"},
		{"not an id", []string{"dlq", "drop", "42", "--data", dir}, 2, "booking."},
		{"nobody listens", []string{"replay", "--admin", "http://127.0.0.1:1", "--admin-token", "x"}, 1, "is the platform running?"},
		{"unknown service", []string{"replay", "identity", "--admin-token", "x"}, 2, "identity"},
		{
			"unknown level", []string{"--log-level", "loud", "--listen", ":0", "--admin-listen", ":0", "--data", dir + "/x"},
			1, "debug, info, warn or error",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := run(t, c.args...)
			require.Equal(t, c.code, code, stderr)
			require.Contains(t, stderr, c.says)
		})
	}
}

func TestHelpListsTheCommands(t *testing.T) {
	t.Parallel()
	code, stdout, _ := run(t, "--help")
	require.Zero(t, code)
	require.Contains(t, stdout, "dlq list")
	code, stdout, _ = run(t, "serve", "--help")
	require.Zero(t, code)
	for _, word := range []string{"--demo", "--bootstrap-operator", "LISTEN_URL"} {
		require.Contains(t, stdout, word)
	}
}
