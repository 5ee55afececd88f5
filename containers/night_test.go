package containers_test

import (
	"context"
	"embed"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/features/suite"
	"github.com/myevents/myevents/features/worlds"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

//go:embed night.feature
var nightFeature embed.FS

// night is what platforms wrote while they went through night.feature, and sent to a Zipkin.
type night struct {
	mu    sync.Mutex
	lines strings.Builder
}

// spendNight returns when all scenarios are over, and all lines and spans are out.
func spendNight(t *testing.T, zipkin string) *night {
	t.Helper()
	n := &night{}
	settings := map[string]string{
		"OTEL_TRACES_EXPORTER": "zipkin", "OTEL_EXPORTER_ZIPKIN_ENDPOINT": zipkin + "/api/v2/spans", "FAULT_FLAGS": slowStore(t),
	}
	suite.Test(t, suite.Options{
		Name: "night", Title: "A night", Files: nightFeature, ReportDir: "../build", Concurrency: 4,
		World: func(ctx context.Context) (worlds.World, error) {
			w, err := worlds.Embedded(ctx)
			if err != nil {
				return nil, err
			}
			watched := watchedWorld{w.(wholeWorld), n}
			return watched, watched.Restart(ctx, settings)
		},
	})
	n.sendTooMuch(t)
	return n
}

// slowStore returns the path of flags that make the booking service's store slower than a booking may take.
func slowStore(t *testing.T) string {
	t.Helper()
	flags, err := json.Marshal(map[string]any{"flags": map[string]any{"store-latency": map[string]any{
		"state": "ENABLED", "variants": map[string]any{"on": 0.26, "off": 0.0}, "defaultVariant": "off",
		"targeting": map[string]any{"if": []any{map[string]any{"==": []any{map[string]any{"var": "service"}, "booking"}}, "on"}},
	}}})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "faults.flagd.json")
	require.NoError(t, os.WriteFile(file, flags, 0o600))
	return file
}

// wholeWorld is all that an embedded world can do.
type wholeWorld interface {
	worlds.World
	worlds.Admin
	worlds.Services
	worlds.Broker
	worlds.Controls
	worlds.Transcript
	worlds.Secrets
}

// watchedWorld leaves its lines to the night.
type watchedWorld struct {
	wholeWorld
	night *night
}

func (w watchedWorld) Close(ctx context.Context) error {
	err := w.wholeWorld.Close(ctx)
	w.night.add(w.Transcript())
	return err
}

func (n *night) add(lines string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines.WriteString(lines)
}

// sendTooMuch asks a platform that allows a request for three.
func (n *night) sendTooMuch(t *testing.T) {
	t.Helper()
	var c allinone.Config
	require.NoError(t, config.Parse("myevents", "", &c, []string{
		"--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--data=" + t.TempDir(), "--rate-limit=0.001", "--rate-burst=1",
	}, func(string) string { return "" }, io.Discard))
	var lines telemetrytest.Output
	app, err := allinone.New(c, allinone.Options{Logs: &lines})
	require.NoError(t, err)
	require.NoError(t, app.Start(t.Context()))
	for range 3 {
		_, err = get(t.Context(), app.GatewayURL()+"/api/v1/events")
		require.NoError(t, err)
	}
	require.NoError(t, app.Stop(context.Background()))
	require.Contains(t, lines.String(), `"http.response.status_code":429`)
	n.add(lines.String())
}

// find returns the lines with these values.
func (n *night) find(t *testing.T, values map[string]any) (found []map[string]any) {
	t.Helper()
lines:
	for text := range strings.Lines(n.lines.String()) {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &line), text)
		for field, value := range values {
			if line[field] != value {
				continue lines
			}
		}
		found = append(found, line)
	}
	require.NotEmpty(t, found, "%v", values)
	return found
}
