package httpserver_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type document struct {
	OpenAPI string
	Info    struct{ Title, Version string }
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Security    []map[string][]string
		Responses   map[string]struct {
			Content map[string]struct{ Schema map[string]any }
		}
	}
	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]map[string]any `json:"securitySchemes"`
	}
}

func TestDocumentDescribesTheAPI(t *testing.T) {
	t.Parallel()
	text := newShop(t).Document()
	var d document
	require.NoError(t, json.Unmarshal(text, &d))

	require.Equal(t, "3.1.0", d.OpenAPI)
	require.Equal(t, "Shop", d.Info.Title)
	require.Equal(t, "http", d.Components.SecuritySchemes["bearer"]["type"])
	require.NotContains(t, string(text), "$schema")
	require.NotContains(t, string(text), "ErrorModel")

	create := d.Paths["/shows"]["post"]
	require.Equal(t, []map[string][]string{{"bearer": {"organizer"}}}, create.Security)
	var statuses []string
	for status, response := range create.Responses {
		statuses = append(statuses, status)
		if status != "201" {
			require.Equal(t, "#/components/schemas/Problem", response.Content["application/problem+json"].Schema["$ref"], status)
		}
	}
	slices.Sort(statuses)
	require.Equal(t, []string{"201", "400", "401", "403", "409", "413", "415", "500", "503"}, statuses)

	require.Equal(t, []map[string][]string{{"bearer": {}}}, d.Paths["/shows/{id}"]["delete"].Security)
	list := d.Paths["/shows"]["get"]
	require.Nil(t, list.Security)
	require.NotContains(t, list.Responses, "401")
	require.NotContains(t, list.Responses, "403")
	require.NotContains(t, list.Responses, "415")

	cached := d.Paths["/cached"]["get"].Responses["200"].Content["application/json"].Schema
	require.Equal(t, list.Responses["200"].Content["application/json"].Schema, cached, "an encoded page is documented as the page")
	items := d.Components.Schemas["PageShow"].(map[string]any)["properties"].(map[string]any)["items"].(map[string]any)
	require.Equal(t, "array", items["type"], "not nullable")
}

func TestDocumentIsStable(t *testing.T) {
	t.Parallel()
	first := string(newShop(t).Document())
	for range 10 {
		require.Equal(t, first, string(newShop(t).Document()))
	}
	require.True(t, strings.HasPrefix(first, "{\n  \""), "indented")
	require.Less(t, strings.Index(first, `"/cached"`), strings.Index(first, `"/shows/{id}"`))
}
