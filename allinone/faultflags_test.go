package allinone_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

// TestFaultFlags starts the platform with a file of fault flags, makes a service fail by it, and compares what that tells
// with docs/telemetry.md.
func TestFaultFlags(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "faults.flagd.json")
	write := func(flags string) { require.NoError(t, os.WriteFile(file, []byte(flags), 0o600)) }
	write(`{"$schema":"https://flagd.dev/schema/v0/flags.json","flags":{"http-errors":{
		"state":"ENABLED","defaultVariant":"off","variants":{"off":0,"all":1},
		"targeting":{"if":[{"==":[{"var":"service"},"search"]},"all"]}}}}`)
	var lines telemetrytest.Output
	app, err := allinone.New(configure(t, "--data", t.TempDir(), "--fault-flags", file), allinone.Options{Logs: &lines})
	require.NoError(t, err)
	require.NoError(t, app.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, app.Stop(context.WithoutCancel(t.Context()))) })

	asks := func(path string) int {
		res, err := http.Get(app.GatewayURL() + path)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusInternalServerError, asks("/api/v1/search?q=jazz"))
	require.Equal(t, http.StatusOK, asks("/api/v1/events"), "another service is sound")
	checkDrillMetrics(t, scrape(t, app, ""))

	write(`{"flags":{}}`)
	require.Eventually(t, func() bool { return asks("/api/v1/search?q=jazz") == http.StatusOK }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, 2, lines.With(`"event.action":"fault.switched"`, `"fault.name":"http-errors"`, `"service.name":"search"`))
	checkLines(t, lines.String())
}

func checkDrillMetrics(t *testing.T, text string) {
	t.Helper()
	rows := readPage(t).table("Metric of drills")
	samples, types := series(text)
	for _, r := range rows {
		labels := set{}
		for _, s := range samples {
			if s.family == r.name() {
				labels.add(slices.Collect(maps.Keys(s.labels))...)
			}
		}
		require.Equal(t, r.cells[1], types[r.name()])
		r.requireNames(t, 2, labels)
	}
	for _, service := range []string{"booking", "event", "gateway", "identity", "search"} {
		on := map[bool]string{true: "1", false: "0"}[service == "search"]
		require.Contains(t, text, `myevents_injected_faults{fault="http-errors",service="`+service+`"} `+on+"\n")
	}
}
