package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/contracts/openapi"
	"github.com/myevents/myevents/services/gateway"
)

const directory = "../../contracts/openapi"

func TestCommittedDocumentsAreWhatTheCodeSays(t *testing.T) {
	t.Parallel()
	all, err := documents()
	require.NoError(t, err)
	for name, body := range all {
		committed, err := os.ReadFile(filepath.Join(directory, name+".json"))
		require.NoError(t, err)
		require.Equal(t, string(body), string(committed), "contracts/openapi/%s.json is out of date: run `make generate`", name)
	}
	files, err := filepath.Glob(filepath.Join(directory, "*.json"))
	require.NoError(t, err)
	require.Len(t, files, len(all), "there is a document of something that does not exist")
}

func TestDocumentsAreStable(t *testing.T) {
	t.Parallel()
	once, err := documents()
	require.NoError(t, err)
	again, err := documents()
	require.NoError(t, err)
	require.Equal(t, once, again)
}

func TestWriteThenReadBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.Zero(t, run([]string{dir}, os.Stderr))
	written, err := os.ReadFile(filepath.Join(dir, "myevents.json"))
	require.NoError(t, err)
	require.Equal(t, string(openapi.Merged()), string(written))
}

// operation is what the tests below walk.
type operation struct {
	path, method string
	ID           string                `json:"operationId"`
	Security     []map[string][]string `json:"security"`
	Responses    map[string]any        `json:"responses"`
}

func operations(t *testing.T, document []byte) []operation {
	t.Helper()
	var d struct {
		Paths map[string]map[string]operation `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(document, &d))
	var all []operation
	for path, methods := range d.Paths {
		for method, o := range methods {
			o.path, o.method = path, method
			all = append(all, o)
		}
	}
	require.NotEmpty(t, all)
	return all
}

func TestEveryOperationIsInTheAccessTableAndNoOther(t *testing.T) {
	t.Parallel()
	table := contracts.Access()
	var seen []string
	for _, o := range operations(t, openapi.Merged()) {
		rule, known := table[o.ID]
		require.True(t, known, "%s %s (%q) is missing from the access table", o.method, o.path, o.ID)
		require.Equal(t, rule.Public, len(o.Security) == 0, "%s: the document and the table disagree about who may call", o.ID)
		if !rule.Public {
			require.Contains(t, o.Responses, "401", o.ID)
		}
		if len(rule.Roles) > 0 {
			require.Contains(t, o.Responses, "403", o.ID)
		}
		seen = append(seen, o.ID)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(table)), seen, "a row of the table belongs to no operation")
}

func TestConsumersAreTheServicesWithDeadLetters(t *testing.T) {
	t.Parallel()
	all, err := documents()
	require.NoError(t, err)
	for _, service := range gateway.Services() {
		has := slices.ContainsFunc(operations(t, all[service]), func(o operation) bool { return o.path == gateway.DeadLetters })
		require.Equal(t, has, slices.Contains(gateway.Consumers(), service), service)
	}
}

func TestGatewayRoutesAreThePathsOfTheDocuments(t *testing.T) {
	t.Parallel()
	all, err := documents()
	require.NoError(t, err)
	var want []gateway.Route
	for _, service := range gateway.Services() {
		for _, o := range operations(t, all[service]) {
			r := gateway.Route{Pattern: o.path, Service: service}
			if !strings.HasPrefix(o.path, gateway.DeadLetters) && !slices.Contains(want, r) {
				want = append(want, r)
			}
		}
	}
	require.ElementsMatch(t, want, gateway.Routes())
}
