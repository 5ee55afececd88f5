package apidocs_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/services/gateway/apidocs"
)

const document = `{
  "openapi": "3.1.0", "info": {"title": "Shop", "description": "Sells <seats>."},
  "paths": {
    "/bookings/{id}": {
      "post": {
        "operationId": "book", "summary": "Book seats", "tags": ["bookings"],
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "Idempotency-Key", "in": "header", "required": true, "schema": {"type": "string", "examples": ["it's me"]}},
          {"name": "q", "in": "query", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 5}, "example": "jazz"},
          {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}}
        ],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Booking"}}}},
        "responses": {
          "201": {"description": "Created", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Booking"}}}},
          "409": {"description": "Conflict"}
        }
      }
    },
    "/bookings": {"get": {"operationId": "list", "tags": ["bookings"], "responses": {}}}
  },
  "components": {"schemas": {"Booking": {
    "type": "object", "required": ["seats", "halls"],
    "properties": {
      "seats": {"type": "integer", "minimum": 1, "description": "How many"},
      "note": {"type": ["string", "null"], "format": "date-time", "enum": ["a", "b"]},
      "halls": {"type": "array", "minItems": 1, "items": {
        "type": "object", "required": ["name"], "properties": {"name": {"type": "string", "pattern": "^x$"}}
      }},
      "parent": {"$ref": "#/components/schemas/Booking"}
    }
  }}}
}`

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	h, err := apidocs.New([]byte(document), auth.Table{
		"book": {Roles: []string{"organizer", "operator"}, Owner: auth.Callers}, "list": {Public: true},
	})
	require.NoError(t, err)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	require.Equal(t, http.StatusOK, w.Code)
	return w
}

func TestPageShowsWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	page := get(t, "/docs").Body.String()
	require.Contains(t, page, "Sells &lt;seats&gt;.", "text stays text")
	page = html.UnescapeString(page)
	for what, text := range map[string]string{
		"an operation":               `<b class="POST">POST</b> <code>/bookings/{id}</code>`,
		"a link to it":               `<a href="#book">`,
		"who may call it":            "For: organizer or operator, for what is their own.",
		"that everybody may":         "For: everybody.",
		"a parameter with its rules": `<td><code>limit</code></td><td>query</td><td>integer</td><td>1 to 100; default 20</td>`,
		"a required parameter":       `<code>q</code> <em>required</em></td><td>query</td><td>string</td><td>1 to 5 characters</td>`,
		"a field":                    `<code>seats</code> <em>required</em></td><td>integer</td><td>at least 1</td><td>How many</td>`,
		"a field that may be null":   `<code>note</code></td><td>date-time</td><td>one of a, b</td>`,
		"a field of a list's object": `<code>halls[].name</code> <em>required</em></td><td>string</td><td>matches ^x$</td>`,
		"a list":                     `<code>halls</code> <em>required</em></td><td>list of object</td><td>at least 1 items</td>`,
		"a schema within itself":     `<code>parent.parent.parent.parent</code>`,
		"a problem":                  `<dt class="problem">409</dt>`,
		"a success":                  `<dt class="success">201</dt>`,
		"a command": `curl -X POST "$MYEVENTS/bookings/{id}?q=jazz" \` + "\n" +
			`  -H "Authorization: Bearer $TOKEN" \` + "\n" +
			`  -H 'Idempotency-Key: it'\''s me' \` + "\n" +
			`  -H 'Content-Type: application/json' \` + "\n" +
			`  -d '{"halls":[{"name":"..."}],"seats":1}'`,
		"a command without a token": `curl "$MYEVENTS/bookings"</pre>`,
	} {
		require.Contains(t, page, text, what)
	}
}

func TestPageLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	page := get(t, "/docs")
	require.NotContains(t, page.Body.String(), "<script")
	require.NotRegexp(t, `(src|href)="(https?:)?//`, page.Body.String())
	style := get(t, "/docs/style.css")
	require.NotRegexp(t, `url\(|@import`, style.Body.String())
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "default-src 'none'")
}

func TestBrokenDocumentIsRefused(t *testing.T) {
	t.Parallel()
	_, err := apidocs.New([]byte(`{"paths": []}`), nil)
	require.ErrorContains(t, err, "parse OpenAPI document")
}
