package operations_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/myevents/myevents/features/operations"
)

const (
	root          = "../.."
	observability = root + "/observability"
)

// runbooks returns the pages of all alerts.
func runbooks(t *testing.T) []operations.Page {
	t.Helper()
	return pages(t, observability+"/runbooks/*.md")
}

// pages returns those whose paths match one of the patterns; each matches some.
func pages(t *testing.T, patterns ...string) (all []operations.Page) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := operations.ReadPages(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		all = append(all, found...)
	}
	return all
}

// alerts returns those of the rules by name; one that is raised at several severities is there several times.
func alerts(t *testing.T) map[string][]operations.Alert {
	t.Helper()
	rules, err := operations.ReadAlerts(observability)
	require.NoError(t, err)
	require.NotEmpty(t, rules)
	all := map[string][]operations.Alert{}
	for _, a := range rules {
		all[a.Name] = append(all[a.Name], a)
	}
	return all
}

// dashboards returns those of Grafana.
func dashboards(t *testing.T) []operations.Dashboard {
	t.Helper()
	all, err := operations.ReadDashboards(observability)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// savedObjects returns what Kibana imports.
func savedObjects(t *testing.T) operations.Objects {
	t.Helper()
	objects, err := operations.ReadSavedObjects(read(t, observability+"/kibana/saved-objects.ndjson"))
	require.NoError(t, err)
	require.NotEmpty(t, objects.Searches)
	return objects
}

// fields returns those of log lines that can be searched: in the index template, and in the schema of what is written or
// below what the shipper adds.
func fields(t *testing.T) []string {
	t.Helper()
	var template struct {
		Template struct {
			Mappings struct{ Properties map[string]any }
		}
	}
	readYAML(t, observability+"/elasticsearch/template.yml", &template)
	written := append(operations.LineFields(read(t, root+"/contracts/logs/line.schema.json")),
		"event.kind", "event.original") // of lines that cannot be read
	var all []string
	for name := range template.Template.Mappings.Properties {
		if slices.Contains(written, name) {
			all = append(all, name)
		}
	}
	require.Contains(t, all, "trace.id")
	return all
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return content
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	require.NoError(t, yaml.Unmarshal(read(t, file), into), file)
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(read(t, file), into), file)
}

// services returns the names in compose.yaml, with the ports they publish on this machine.
func services(t *testing.T) map[string][]string {
	t.Helper()
	all, err := operations.PublishedPorts(root + "/compose.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}
