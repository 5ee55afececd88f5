package command_test

import (
	"bytes"
	"context"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone/command"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

func TestLoadRunsUntilItIsStoppedAndAudits(t *testing.T) {
	t.Parallel()
	gateway := address(greeted(t, "--bootstrap-operator", "operator@example.com"), "API", "/api/v1")
	env := map[string]string{
		"LOAD_URL": gateway, "LOAD_RATE": "40", "OPERATOR_EMAIL": "operator@example.com", "OPERATOR_PASSWORD": "the operator's password",
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var errs bytes.Buffer
	stdout, ended := &telemetrytest.Output{}, make(chan int, 1)
	go func() {
		ended <- command.Run(ctx, []string{"load"}, func(name string) string { return env[name] }, stdout, &errs)
	}()
	line := regexp.MustCompile(`(?m)^\d+\.\d/s  p50 .* ms  p99 .* ms  booked \d+ `)
	require.Eventually(t, func() bool { return line.MatchString(stdout.String()) }, 30*time.Second, 50*time.Millisecond)
	stop()
	require.Zero(t, <-ended, &errs)
	require.Regexp(t, `audit: all \d+ bookings and events are as they were answered\n$`, stdout.String())
	require.NotContains(t, stdout.String(), env["OPERATOR_PASSWORD"])
}

func TestLoadNamesItsMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"not a URL", []string{"--url", "localhost:8080"}, 2, "--url"},
		{"no rate", []string{"--rate", "0"}, 2, "--rate"},
		{"half an operator", []string{"--operator-email", "operator@example.com"}, 2, "go together"},
		{"nobody listens", []string{"--url", "http://127.0.0.1:1"}, 1, "is the platform running?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, _, stderr := run(t, append([]string{"load"}, c.args...)...)
			require.Equal(t, c.code, code, stderr)
			require.Contains(t, stderr, c.says)
		})
	}
}
