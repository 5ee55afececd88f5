package drills_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cucumber/godog"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/myevents/myevents/features/drills"
)

const (
	root    = "../.."
	reports = root + "/build"

	// compression makes a minute of an hour.
	compression = 60
	// atOnce is how many drills run side by side: each takes a third of a core.
	atOnce = 4
)

// TestDrills runs the drills, or the one that NAME names. PROMETHEUS and ALERTMANAGER are binaries, SERVICES is the folder of
// the services'; `make drill` sets them.
func TestDrills(t *testing.T) {
	t.Parallel()
	o := options(t)
	require.NoError(t, os.MkdirAll(reports, 0o755))
	report, err := os.Create(filepath.Join(reports, "drills.txt"))
	require.NoError(t, err)
	record := &drills.Record{}
	defer func() { require.NoError(t, record.Write(report)); require.NoError(t, report.Close()) }()
	tags := ""
	if name := os.Getenv("NAME"); name != "" {
		tags = "@" + name
	}
	require.Zero(t, run(t, o, record, tags))
}

// TestADrillFailsWithoutItsAlert is run beside the drills: what cannot fail proves nothing.
func TestADrillFailsWithoutItsAlert(t *testing.T) {
	t.Parallel()
	o := options(t)
	without := t.TempDir()
	require.NoError(t, os.CopyFS(without, os.DirFS(o.Observability)))
	file := filepath.Join(without, "prometheus", "rules", "services.yml")
	removeAlert(t, file, "InventoryMismatch")
	o.Observability = without
	record := &drills.Record{}
	require.NotZero(t, run(nil, o, record, "@inventory-mismatch"))
	var told strings.Builder
	require.NoError(t, record.Write(&told))
	require.Contains(t, told.String(), "nobody was notified of InventoryMismatch (page)")
}

func removeAlert(t *testing.T, file, alert string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	groups := parse(t, content)
	for i, group := range groups.Groups {
		left := slices.DeleteFunc(group.Rules, func(r rulefmt.Rule) bool { return r.Alert == alert })
		groups.Groups[i].Rules = left
	}
	content, err = yaml.Marshal(groups)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, content, 0o600))
}

func options(t *testing.T) drills.Options {
	t.Helper()
	tools := drills.Tools{Services: os.Getenv("SERVICES"), Prometheus: os.Getenv("PROMETHEUS"), Alertmanager: os.Getenv("ALERTMANAGER")}
	if tools.Services == "" || tools.Prometheus == "" || tools.Alertmanager == "" {
		t.Skip("`make drill` runs the drills, which need the binaries of the services, of Prometheus and of Alertmanager")
	}
	return drills.Options{Tools: tools, Compression: compression, Observability: filepath.Join(root, "observability")}
}

// run runs the drills with the tags: as subtests of t, unless it is nil.
func run(t *testing.T, o drills.Options, record *drills.Record, tags string) (status int) {
	options := &godog.Options{
		Strict: true, Concurrency: atOnce, TestingT: t, NoColors: true, Tags: tags, Format: "junit", Output: io.Discard,
		Paths: []string{"services.feature", "data.feature"}, // the longest drills begin first
	}
	if t != nil {
		options.Format += ":" + filepath.Join(reports, "drills-junit.xml")
	}
	return godog.TestSuite{
		Name:                "drills",
		ScenarioInitializer: func(sc *godog.ScenarioContext) { drills.Register(sc, o, record) },
		Options:             options,
	}.Run()
}
