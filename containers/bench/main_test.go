package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
)

func TestMain(m *testing.M) { os.Exit(containers.Main(m, os.Stderr)) }

func TestAPairIsMeasuredTracedAndUntraced(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	out := t.TempDir() + "/figures.json"
	require.NoError(t, run(t.Context(), []string{"-pairs", "nats-sqlite", "-duration", "200ms", "-out", out}, &stdout))
	require.Contains(t, stdout.String(), "TRACED / UNTRACED")

	saved, err := os.ReadFile(out)
	require.NoError(t, err)
	var r report
	require.NoError(t, json.Unmarshal(saved, &r))
	require.Len(t, r.Rows, 1)
	require.Equal(t, pair{Broker: "nats", Store: "sqlite"}, r.Rows[0].pair)
	for name, f := range map[string]figures{"traced": r.Rows[0].Traced, "untraced": r.Rows[0].Untraced} {
		require.Positive(t, f.PerSecond, name)
		require.Positive(t, f.P50, name)
		require.GreaterOrEqual(t, f.P99, f.P50, name)
		require.Positive(t, f.Processor[services], name)
		require.Positive(t, f.Processor[broker], name)
	}
	require.Greater(t, r.Rows[0].Traced.Processor[zipkin], r.Rows[0].Untraced.Processor[zipkin], "spans went to Zipkin in one run only")
}

func TestUnknownPairIsNamed(t *testing.T) {
	t.Parallel()
	_, err := choose("rabbitmq-mongodb,nats-postgres")
	require.ErrorContains(t, err, "nats-postgres")
}
