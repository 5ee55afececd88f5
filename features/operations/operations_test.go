package operations_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// alert is one of Prometheus' rules.
type alert struct {
	Alert       string
	Labels      map[string]string
	Annotations map[string]string
}

// alerts returns those of the rules by name; one that is raised at several severities is there several times.
func alerts(t *testing.T) map[string][]alert {
	t.Helper()
	files, err := filepath.Glob(observability + "/prometheus/rules/*.yml")
	require.NoError(t, err)
	all := map[string][]alert{}
	for _, file := range files {
		var rules struct{ Groups []struct{ Rules []alert } }
		readYAML(t, file, &rules)
		for _, group := range rules.Groups {
			for _, rule := range group.Rules {
				if rule.Alert != "" {
					all[rule.Alert] = append(all[rule.Alert], rule)
				}
			}
		}
	}
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
	schema := string(read(t, root+"/contracts/logs/line.schema.json"))
	written := map[string]bool{"event.kind": true, "event.original": true} // of lines that cannot be read
	for _, match := range regexp.MustCompile(`"([@a-z_]+(?:\.[a-z_]+)*)": \{`).FindAllStringSubmatch(schema, -1) {
		written[match[1]] = true
	}
	var all []string
	for name := range template.Template.Mappings.Properties {
		if written[name] {
			all = append(all, name)
		}
	}
	require.Contains(t, all, "trace.id")
	return all
}

// requireFields expects every field of a query to be one of those.
func requireFields(t *testing.T, query string, known []string) {
	t.Helper()
	unquoted := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(query, "x")
	named := regexp.MustCompile(`([@\w.]+):`).FindAllStringSubmatch(unquoted, -1)
	require.NotEmpty(t, named, "%s names no field", query)
	for _, match := range named {
		require.True(t, slices.Contains(known, match[1]), "%s: log lines have no field %s", query, match[1])
	}
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
	var compose struct {
		Services map[string]struct{ Ports []string }
	}
	readYAML(t, root+"/compose.yaml", &compose)
	all := map[string][]string{}
	for name, s := range compose.Services {
		all[name] = []string{}
		for _, port := range s.Ports { // 127.0.0.1:3000:3000
			all[name] = append(all[name], strings.Split(port, ":")[1])
		}
	}
	return all
}
