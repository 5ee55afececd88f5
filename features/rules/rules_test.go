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
)

const (
	observability = "../../observability"
	runbooks      = "https://github.com/myevents/myevents/blob/main/observability/runbooks/"
	watchdog      = "Watchdog" // always fires, and is about nothing
)

// alert is an alerting rule.
type alert struct {
	Alert       string
	Labels      map[string]string
	Annotations map[string]string
}

func (a alert) severity() string { return a.Labels["severity"] }

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
func alerts(t *testing.T) (all []alert) {
	t.Helper()
	each(t, "prometheus/rules", func(content []byte) {
		var file struct{ Groups []struct{ Rules []alert } }
		require.NoError(t, yaml.Unmarshal(content, &file))
		for _, g := range file.Groups {
			for _, r := range g.Rules {
				if r.Alert != "" {
					all = append(all, r)
				}
			}
		}
	})
	return all
}

func tests(t *testing.T) (all []group) {
	t.Helper()
	each(t, "prometheus/tests", func(content []byte) {
		var file struct{ Tests []group }
		require.NoError(t, yaml.Unmarshal(content, &file))
		all = append(all, file.Tests...)
	})
	return all
}

// each reads the YAML files of a folder, of which there has to be one.
func each(t *testing.T, folder string, read func([]byte)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(observability, folder, "*.yml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		read(content)
	}
}

func TestEveryAlertIsTestedInFourCases(t *testing.T) {
	t.Parallel()
	groups := tests(t)
	for _, a := range alerts(t) {
		if a.Alert == watchdog {
			continue
		}
		t.Run(a.Alert+" "+a.severity(), func(t *testing.T) {
			t.Parallel()
			fired, resolved, quiet, night := cases(t, a, groups)
			require.True(t, fired, "no test %q in which it fires", a.Alert+" fires and resolves")
			require.True(t, resolved, "in no test it resolves afterwards")
			require.True(t, quiet, "no test %q", a.Alert+" [severity] stays quiet just below")
			require.True(t, night, `the test "low traffic" does not look at it`)
		})
	}
}

// cases looks for the tests of an alert. What has a name that promises it keeps it.
func cases(t *testing.T, a alert, groups []group) (fired, resolved, quiet, night bool) {
	t.Helper()
	below := map[string]bool{
		a.Alert + " stays quiet just below":                      true,
		a.Alert + " " + a.severity() + " stays quiet just below": true,
	}
	for _, g := range groups {
		before := time.Duration(-1)
		for _, c := range g.Checks {
			if c.Alert != a.Alert {
				continue
			}
			at, err := time.ParseDuration(c.At)
			require.NoError(t, err)
			require.Greater(t, at, before, "%s: times go forward", g.Name)
			before = at
			firing := c.fires(a.severity())
			switch {
			case strings.HasPrefix(g.Name, a.Alert+" fires and resolves"):
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
		if a.Alert == watchdog {
			severities = []string{"none"}
		}
		require.Contains(t, severities, a.severity(), a.Alert)
		for _, name := range []string{"summary", "description"} {
			require.NotEmpty(t, a.Annotations[name], "%s of %s", name, a.Alert)
		}
		require.Equal(t, runbooks+a.Alert+".md", a.Annotations["runbook_url"])
		require.FileExists(t, filepath.Join(observability, "runbooks", a.Alert+".md"))
		uid, ok := strings.CutPrefix(a.Annotations["dashboard"], "/d/")
		require.True(t, ok, "dashboard of %s", a.Alert)
		require.FileExists(t, filepath.Join(observability, "grafana", "dashboards", uid+".json"), a.Alert)
	}
}

func TestACaseThatIsMissingIsFound(t *testing.T) {
	t.Parallel()
	page := alert{Alert: "A", Labels: map[string]string{"severity": "page"}}
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
