package operations_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/operations"
)

func TestSavedObjectsAreWhatTheirSourceSays(t *testing.T) {
	t.Parallel()
	lines, err := operations.SavedObjects(read(t, observability+"/kibana/objects.json"))
	require.NoError(t, err)
	require.Equal(t, string(lines), string(read(t, observability+"/kibana/saved-objects.ndjson")), "`make generate` writes them anew")

	var source operations.Objects
	readJSON(t, observability+"/kibana/objects.json", &source)
	require.Equal(t, source, savedObjects(t), "Kibana gets what the source says")
}

func TestSourceOfSavedObjectsHasNoUnknownKey(t *testing.T) {
	t.Parallel()
	_, err := operations.SavedObjects([]byte(`{"search": []}`))
	require.ErrorContains(t, err, `unknown field "search"`)
}

func TestReadingSavedObjectsRefusesWhatElasticsearchCouldNotRun(t *testing.T) {
	t.Parallel()
	for line, problem := range map[string]string{
		`{"type": "dashboard", "id": "x"}`: "nobody knows its type",
		`{"type": "search", "id": "x", "attributes": {"kibanaSavedObjectMeta": {"searchSourceJSON": ` +
			`"{\"query\":{\"query\":\"log.level : error\",\"language\":\"kuery\"}}"}}}`: `the language "kuery"`,
	} {
		_, err := operations.ReadSavedObjects([]byte(line))
		require.ErrorContains(t, err, problem)
	}
}

func TestSavedSearchesNameFieldsThatExist(t *testing.T) {
	t.Parallel()
	known, objects := fields(t), savedObjects(t)
	view := objects.DataView
	require.Contains(t, known, view.TimeField)
	for field := range view.Formats {
		require.Contains(t, known, field, "a format")
	}
	for _, s := range objects.Searches {
		require.NoError(t, operations.CheckFields(s.Query, known), s.ID)
		for _, column := range s.Columns {
			require.True(t, slices.Contains(known, column), "%s: log lines have no field %s", s.ID, column)
		}
		for _, by := range s.Sort {
			require.True(t, slices.Contains(known, by[0]), "%s: log lines have no field %s", s.ID, by[0])
			require.Contains(t, []string{"asc", "desc"}, by[1], s.ID)
		}
		require.NotEmpty(t, s.Sort, s.ID)
		require.NotEmpty(t, s.Title, s.ID)
		require.NotEmpty(t, s.Description, s.ID)
	}
}

// TestImportSendsKibanaTheSavedObjects is as near to Kibana as it gets here: a server that checks what Kibana asks of an import.
//
// Source: https://www.elastic.co/docs/api/doc/kibana/operation/operation-post-saved-objects-import
func TestImportSendsKibanaTheSavedObjects(t *testing.T) {
	t.Parallel()
	objects := read(t, observability+"/kibana/saved-objects.ndjson")
	for answer, accepted := range map[string]bool{
		`{"successCount":6,"success":true,"warnings":[]}`:                                         true,
		`{"successCount":5,"success":false,"errors":[{"id":"x","error":{"type":"unsupported"}}]}`: false,
	} {
		kibana := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			file, header, err := r.FormFile("file")
			const endpoint = "POST /api/saved_objects/_import?overwrite=true"
			if r.Method+" "+r.RequestURI != endpoint || r.Header.Get("kbn-xsrf") == "" || err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			lines, err := io.ReadAll(file)
			if err != nil || header.Filename != "saved-objects.ndjson" || !bytes.Equal(lines, objects) {
				w.WriteHeader(http.StatusUnsupportedMediaType)
				return
			}
			_, _ = io.WriteString(w, answer)
		}))
		out, err := exec.CommandContext(t.Context(), observability+"/kibana/import", kibana.URL).CombinedOutput()
		kibana.Close()
		if accepted {
			require.NoError(t, err, string(out))
			continue
		}
		require.ErrorContains(t, err, "exit status 1")
		require.Contains(t, string(out), "unsupported", "it says what Kibana refused")
	}
}
