package features_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features"
	"github.com/myevents/myevents/features/suite"
	"github.com/myevents/myevents/features/worlds"
)

// startTimeout bounds the build and the start of five processes.
const startTimeout = 5 * time.Minute

// reports is where the reports go: build/ of the repository.
const reports = "../build"

// TestFeatures runs the scenarios of TAGS in the world named by WORLD: embedded (the default) or remote, at URL.
func TestFeatures(t *testing.T) {
	if os.Getenv("WORLD") == "processes" {
		t.Skip("TestProcesses runs that world")
	}
	world, tags, err := chosen(os.Getenv)
	require.NoError(t, err)
	before := goroutines(t, world)
	run(t, suite.Options{Name: "features", Title: "MyEvents features", World: world, Tags: tags, Concurrency: runtime.GOMAXPROCS(0)})
	noMoreThan := func() bool { return runtime.NumGoroutine() <= before+1 } // one runs this function
	require.Eventually(t, noMoreThan, 10*time.Second, 10*time.Millisecond, "stopped platforms have left goroutines behind")
}

// goroutines returns how many there are while no world is open, but after one was: the search library starts workers
// with the first index of a process, and keeps them.
func goroutines(t *testing.T, world worlds.Source) int {
	t.Helper()
	w, err := world(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.Close(t.Context()))
	return runtime.NumGoroutine()
}

// chosen returns the world, and the tags of what can run in it.
func chosen(getenv func(string) string) (worlds.Source, string, error) {
	tags := getenv("TAGS")
	switch name := getenv("WORLD"); name {
	case "", "embedded":
		return worlds.Embedded, tags, nil
	case "remote":
		if tags == "" {
			tags = "@smoke"
		}
		operator := worlds.Account{Email: getenv("OPERATOR_EMAIL"), Password: getenv("OPERATOR_PASSWORD")}
		world, err := worlds.Remote(getenv("URL"), operator, worlds.Doors{
			Zipkin: getenv("ZIPKIN_URL"), Prometheus: getenv("PROMETHEUS_URL"), Elasticsearch: getenv("ELASTICSEARCH_URL"),
		})
		return world, tags + " && ~@embedded && ~@exclusive", err
	default:
		return nil, "", fmt.Errorf("there is no world %q: WORLD is embedded, processes or remote", name)
	}
}

// TestProcesses runs scenarios against the five services in processes of their own: by default the core ones, then, one
// by one, those that stop processes. It leaves the run to TestFeatures where WORLD or TAGS say that somebody wants
// something else.
func TestProcesses(t *testing.T) {
	world, tags := os.Getenv("WORLD"), os.Getenv("TAGS")
	if testing.Short() {
		t.Skip("it builds and starts five processes")
	}
	if world != "processes" && world+tags != "" {
		t.Skip("WORLD or TAGS ask for another run; WORLD=processes asks for this one")
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	require.NoError(t, worlds.BuildServices(ctx, "..", bin))
	processes, err := worlds.StartProcesses(ctx, worlds.ProcessOptions{Bin: bin, Dir: dir})
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := processes.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(processes.Transcript())
		}
	})
	o := suite.Options{Name: "features-processes", Title: "MyEvents features, five processes", World: processes.Source}
	if tags != "" {
		o.Tags = tags + " && ~@embedded"
		run(t, o)
		return
	}
	o.Tags, o.Concurrency = "@core && ~@exclusive", runtime.GOMAXPROCS(0)
	run(t, o)
	o.Name, o.Tags, o.Concurrency = o.Name+"-exclusive", "@exclusive && ~@embedded", 1
	run(t, o)
}

func run(t *testing.T, o suite.Options) {
	t.Helper()
	o.Files, o.ReportDir = features.Files, reports
	suite.Test(t, o)
}

func TestTheRemoteWorldRunsOnlyWhatDisturbsNobody(t *testing.T) {
	t.Parallel()
	env := map[string]string{"WORLD": "remote", "URL": "https://staging.example.org"}
	_, tags, err := chosen(func(name string) string { return env[name] })
	require.NoError(t, err)
	require.Equal(t, "@smoke && ~@embedded && ~@exclusive", tags)

	env["TAGS"] = "@core"
	_, tags, err = chosen(func(name string) string { return env[name] })
	require.NoError(t, err)
	require.Equal(t, "@core && ~@embedded && ~@exclusive", tags)
}

func TestAWorldThatDoesNotExistIsRefused(t *testing.T) {
	t.Parallel()
	_, _, err := chosen(func(name string) string { return map[string]string{"WORLD": "moon"}[name] })
	require.ErrorContains(t, err, `no world "moon"`)
	_, _, err = chosen(func(name string) string { return map[string]string{"WORLD": "remote"}[name] })
	require.ErrorContains(t, err, "needs a URL")
}
