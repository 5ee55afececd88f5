package dashboards_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/observability/grafana/dashboards"
)

// What the dashboards show is proven in features/evidence, against a running platform.

func TestTheFilesAreThoseOfTheSource(t *testing.T) {
	t.Parallel()
	var files []string
	for _, d := range dashboards.All() {
		want, err := d.JSON()
		require.NoError(t, err)
		file := d.UID + ".json"
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s: `make generate` writes it anew", file)
		files = append(files, file)
	}
	there, err := filepath.Glob("*.json")
	require.NoError(t, err)
	require.ElementsMatch(t, files, there, "a file without a source")
}
