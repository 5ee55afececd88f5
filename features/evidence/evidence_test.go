package evidence

import (
	"context"
	"embed"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/operations"
	"github.com/myevents/myevents/features/suite"
)

//go:embed tour.feature
var tour embed.FS

const (
	root = "../.."

	// pace is how often the platform is scraped, and rules are evaluated.
	pace = time.Second
)

// TestWhatOperatorsLookAt takes a platform on a tour and then looks at everything that operators look at.
func TestWhatOperatorsLookAt(t *testing.T) {
	t.Parallel()
	w := watch(t)
	t.Run("data sources", func(t *testing.T) { require.NoError(t, w.at.dataSources()) })
	for _, d := range w.at.dashboards {
		t.Run("dashboard "+d.UID, func(t *testing.T) { require.NoError(t, w.dashboard(t.Context(), d)) })
	}
	for _, g := range w.groups {
		for _, r := range g.Rules() {
			t.Run("rule "+r.Name(), func(t *testing.T) { require.NoError(t, w.rule(t.Context(), r)) })
		}
	}
	for _, r := range w.alerts() {
		t.Run("alert "+r.Name(), func(t *testing.T) { require.NoError(t, w.alert(r)) })
	}
	runbooks, err := operations.ReadPages(root + "/observability/runbooks/*.md")
	require.NoError(t, err)
	for _, page := range runbooks {
		t.Run("runbook "+page.Name(), func(t *testing.T) { require.NoError(t, w.runbook(t.Context(), page)) })
	}
	t.Run("what is looked for is refused where it is wrong", func(t *testing.T) { refusals(t, w) })
}

// watch takes a platform on the tour while a Prometheus looks on.
func watch(t *testing.T) walker {
	t.Helper()
	world := open(t)
	admin, _ := world.Admin("")
	address, err := url.Parse(admin)
	require.NoError(t, err)
	p, err := StartPrometheus(root+"/observability/prometheus/prometheus.yml", t.TempDir(), pace, Targets{
		"myevents": {{Address: address.Host, Service: "gateway"}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Stop()) })

	_, err = door{p}.Now(t.Context()) // has seen the counters at 0
	require.NoError(t, err)
	suite.Test(t, suite.Options{Name: "tour", Title: "The tour", Files: tour, World: shared(world, p), ReportDir: root + "/build"})
	_, err = door{p}.Now(t.Context())
	require.NoError(t, err)
	p.Rest()

	known, err := documented(root + "/docs/telemetry.md")
	require.NoError(t, err)
	at, err := readPlaces(root)
	require.NoError(t, err)
	return walker{
		observed: observed{p, known, p.recordings()}, units: p.recordings(), at: at, interval: pace, drills: drilled(),
		traced: func(trace string) bool {
			spans, err := world.Traces().Trace(context.Background(), trace)
			return err == nil && len(spans) > 0
		},
	}
}

func TestDrillsThatPanelsNameLookAtThem(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/features/drills/*.feature")
	require.NoError(t, err)
	drills := map[string]string{} // their sentences, by the tag
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, drill := range strings.Split(string(text), "\n  @")[1:] {
			tag, sentences, _ := strings.Cut(drill, "\n")
			drills[tag] = sentences
		}
	}
	for query, drill := range drilled() {
		panel := query[:strings.LastIndex(query, " ")]
		require.Contains(t, drills[drill], `the panel "`+panel+`"`, "the drill %q", drill)
	}
}

func TestWhatIsProvenElsewhereIs(t *testing.T) {
	t.Parallel()
	for metric, file := range elsewhere() {
		text, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		require.Contains(t, string(text), metric)
	}
}
