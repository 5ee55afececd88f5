// Package rules holds the alerts to what is asked of them: somebody has tested each, knows what to do about it, and gets it.
// The rules themselves are tested by promtool, in observability/prometheus/tests.
package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/myevents/myevents/features/operations"
)

const (
	observability = "../../observability"
	runbooks      = operations.Repository + "observability/runbooks/"
	watchdog      = "Watchdog"       // always fires, and is about nothing
	hushing       = "ServiceWasDown" // inhibits others, and is for nobody
)

// group is a group of promtool's unit tests.
type group struct {
	Name   string
	Checks []check `yaml:"alert_rule_test"`
}

// check says which alerts of a name fire at a time.
type check struct {
	At     string `yaml:"eval_time"`
	Alert  string `yaml:"alertname"`
	Firing []struct {
		Labels map[string]string `yaml:"exp_labels"`
	} `yaml:"exp_alerts"`
}

// fires reports whether the alert of that severity does.
func (c check) fires(severity string) bool {
	for _, f := range c.Firing {
		if f.Labels["severity"] == severity {
			return true
		}
	}
	return false
}

// alerts returns all alerting rules; a name may have one for each severity.
func alerts(t *testing.T) []operations.Alert {
	t.Helper()
	all, err := operations.ReadAlerts(observability)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// tests returns promtool's, of all files.
func tests(t *testing.T) (all []group) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(observability, "prometheus", "tests", "*.yml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		var file struct{ Tests []group }
		require.NoError(t, yaml.Unmarshal(content, &file), name)
		all = append(all, file.Tests...)
	}
	return all
}

func TestEveryAlertIsTestedInFourCases(t *testing.T) {
	t.Parallel()
	groups := tests(t)
	for _, a := range alerts(t) {
		if a.Name == watchdog {
			continue
		}
		t.Run(a.Name+" "+a.Severity(), func(t *testing.T) {
			t.Parallel()
			fired, resolved, quiet, night := cases(t, a, groups)
			require.True(t, fired, "no test %q in which it fires", a.Name+" fires and resolves")
			require.True(t, resolved, "in no test it resolves afterwards")
			require.True(t, quiet, "no test %q", a.Name+" [severity] stays quiet just below")
			require.True(t, night, `the test "low traffic" does not look at it`)
		})
	}
}

// cases looks for the tests of an alert. What has a name that promises it keeps it.
func cases(t *testing.T, a operations.Alert, groups []group) (fired, resolved, quiet, night bool) {
	t.Helper()
	below := map[string]bool{
		a.Name + " stays quiet just below":                      true,
		a.Name + " " + a.Severity() + " stays quiet just below": true,
	}
	for _, g := range groups {
		before := time.Duration(-1)
		for _, c := range g.Checks {
			if c.Alert != a.Name {
				continue
			}
			at, err := time.ParseDuration(c.At)
			require.NoError(t, err)
			require.Greater(t, at, before, "%s: times go forward", g.Name)
			before = at
			firing := c.fires(a.Severity())
			switch {
			case strings.HasPrefix(g.Name, a.Name+" fires and resolves"):
				resolved = resolved || fired && !firing
				fired = fired || firing
			case below[g.Name]:
				require.False(t, firing, "%s, at %s", g.Name, c.At)
				quiet = true
			case g.Name == "low traffic":
				require.False(t, firing, "%s, at %s", g.Name, c.At)
				night = true
			}
		}
	}
	return fired, resolved, quiet, night
}

func TestEveryAlertSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	t.Parallel()
	for _, a := range alerts(t) {
		severities := []string{"page", "ticket"}
		if a.Name == watchdog || a.Name == hushing {
			severities = []string{"none"}
		}
		require.Contains(t, severities, a.Severity(), a.Name)
		for _, name := range []string{"summary", "description"} {
			require.NotEmpty(t, a.Annotations[name], "%s of %s", name, a.Name)
		}
		require.Equal(t, runbooks+a.Name+".md", a.Annotations["runbook_url"])
		require.FileExists(t, filepath.Join(observability, "runbooks", a.Name+".md"))
		uid, ok := strings.CutPrefix(a.Annotations["dashboard"], "/d/")
		require.True(t, ok, "dashboard of %s", a.Name)
		require.FileExists(t, filepath.Join(observability, "grafana", "dashboards", uid+".json"), a.Name)
	}
}

func TestACaseThatIsMissingIsFound(t *testing.T) {
	t.Parallel()
	page := operations.Alert{Name: "A", Labels: map[string]string{"severity": "page"}}
	firing := check{At: "1m", Alert: "A"}
	require.NoError(t, yaml.Unmarshal([]byte(`[{exp_labels: {severity: page}}]`), &firing.Firing))
	quiet := check{At: "2m", Alert: "A"}

	fired, resolved, below, night := cases(t, page, []group{{"A fires and resolves", []check{firing}}})
	require.Equal(t, []bool{true, false, false, false}, []bool{fired, resolved, below, night})
	fired, resolved, below, night = cases(t, page, []group{
		{"A fires and resolves", []check{quiet}}, {"A ticket stays quiet just below", []check{quiet}}, {"low traffic", []check{{Alert: "B"}}},
	})
	require.Equal(t, []bool{false, false, false, false}, []bool{fired, resolved, below, night})
	_, resolved, below, night = cases(t, page, []group{
		{"A fires and resolves", []check{firing, quiet}}, {"A page stays quiet just below", []check{quiet}}, {"low traffic", []check{quiet}},
	})
	require.Equal(t, []bool{true, true, true}, []bool{resolved, below, night})
}

func TestAClusterIsWatchedAsComposeIs(t *testing.T) {
	t.Parallel()
	read := func(file string) (config map[string]any) {
		content, err := os.ReadFile(filepath.Join(observability, "prometheus", file))
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(content, &config))
		delete(config, "scrape_configs")
		delete(config["global"].(map[string]any), "scrape_interval")
		return config
	}
	require.Equal(t, read("prometheus.yml"), read("kubernetes.yml"))
}
