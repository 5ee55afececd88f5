// Package elasticsearch_test compares what Elasticsearch is told of log lines with what they are.
package elasticsearch_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// shipped are the fields that lines get on their way.
var shipped = []string{"container.id", "container.name", "event.kind", "event.original", "log.offset"}

// TestFields holds the index template, the pipeline and the schema of log lines against each other: a field that one of them
// lacks would not be found, or would make a sound line a strange one.
func TestFields(t *testing.T) {
	t.Parallel()
	var template struct {
		Template struct {
			Mappings struct {
				Properties map[string]struct{ Type string }
			}
		}
	}
	read(t, "template.yml", &template)
	mapped := template.Template.Mappings.Properties
	schema := schemaFields(t)

	require.Equal(t, slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(schema)), shipped))), slices.Sorted(maps.Keys(mapped)))
	for name, kind := range schema {
		require.Contains(t, mappings()[kind], mapped[name].Type, "%s is of type %s", name, kind)
	}

	var pipeline struct {
		Processors []struct {
			Script struct {
				Params struct{ Fields []string }
				Source string
			}
		}
	}
	read(t, "pipeline.yml", &pipeline)
	script := pipeline.Processors[len(pipeline.Processors)-1].Script
	delete(schema, "config") // of which the script knows the beginning of the names
	require.Equal(t, slices.Sorted(maps.Keys(schema)), slices.Sorted(slices.Values(script.Params.Fields)))
	require.Contains(t, script.Source, "name.startsWith('config.')")
}

// mappings are the types of fields in Elasticsearch that suit one of the schema.
func mappings() map[string][]string {
	return map[string][]string{
		"string": {"keyword", "text", "date_nanos"}, "array": {"keyword"}, "integer": {"short", "integer", "long"},
		"boolean": {"keyword"}, "object": {"object"},
	}
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(content, into))
}

// node is a part of a JSON Schema.
type node struct {
	Ref               string `json:"$ref"`
	Type              string
	Properties        map[string]node
	PatternProperties map[string]node
	Defs              map[string]node `json:"$defs"`
}

// schemaFields returns the types of the fields that a line may have; those that begin alike and are not listed are an object.
func schemaFields(t *testing.T) map[string]string {
	t.Helper()
	content, err := os.ReadFile("../../contracts/logs/line.schema.json")
	require.NoError(t, err)
	var root node
	require.NoError(t, json.Unmarshal(content, &root))
	fields := map[string]string{}
	for _, n := range append(slices.Collect(maps.Values(root.Defs)), root) {
		for name, property := range n.Properties {
			if definition, isNamed := strings.CutPrefix(property.Ref, "#/$defs/"); isNamed {
				property = root.Defs[definition]
			}
			if fields[name] == "" || property.Type != "" {
				fields[name] = property.Type
			}
		}
		for pattern := range n.PatternProperties {
			fields[strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), `\.`)] = "object"
		}
	}
	for name, kind := range fields {
		if kind == "" { // an enumeration or a constant
			fields[name] = "string"
		}
	}
	return fields
}
