package openapi_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts/openapi"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	const (
		door = `{"openapi":"3.1.0","info":{"title":"all"},"paths":{"/letters":{"get":{"summary":"of all services"}}},
			"components":{"schemas":{"Problem":{"type":"object"}}},"tags":[{"name":"letters"}]}`
		event = `{"openapi":"3.1.0","info":{"title":"event"},
			"paths":{"/events":{"get":{}},"/letters":{"get":{"summary":"of one"}},"/letters/{id}":{"get":{}}},
			"components":{"schemas":{"Problem":{ "type": "object" },"Event":{"type":"object"}}},
			"tags":[{"name":"events"},{"name":"letters"}]}`
		booking = `{"openapi":"3.1.0","info":{"title":"booking"},"paths":{"/bookings":{"get":{}},"/letters/{id}":{"get":{}}}}`
	)
	for _, c := range []struct {
		name     string
		services []string
		want     string
		wantErr  string
	}{
		{
			name: "paths, components and tags of all, and the door's own description of what it answers", services: []string{event, booking},
			want: `{"openapi":"3.1.0","info":{"title":"all"},
				"paths":{"/letters":{"get":{"summary":"of all services"}},"/events":{"get":{}},"/bookings":{"get":{}},"/letters/{id}":{"get":{}}},
				"components":{"schemas":{"Problem":{"type":"object"},"Event":{"type":"object"}}},
				"tags":[{"name":"letters"},{"name":"events"}]}`,
		},
		{
			name: "one schema name for two things", services: []string{`{"components":{"schemas":{"Problem":{"type":"string"}}}}`},
			wantErr: "component schemas Problem is in two documents",
		},
		{
			name: "one operation in two services", services: []string{event, `{"paths":{"/events":{"get":{"summary":"other"}}}}`},
			wantErr: "operation /events get is in two documents",
		},
		{name: "no JSON", services: []string{`{`}, wantErr: "parse OpenAPI document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			services := make([][]byte, 0, len(c.services))
			for _, s := range c.services {
				services = append(services, []byte(s))
			}
			merged, err := openapi.Merge([]byte(door), services...)
			if c.wantErr != "" {
				require.ErrorContains(t, err, c.wantErr)
				return
			}
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(merged))
		})
	}
}

func TestMergedIsADocument(t *testing.T) {
	t.Parallel()
	var d struct {
		OpenAPI string         `json:"openapi"`
		Paths   map[string]any `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(openapi.Merged(), &d))
	require.Equal(t, "3.1.0", d.OpenAPI)
	require.NotEmpty(t, d.Paths)
}
