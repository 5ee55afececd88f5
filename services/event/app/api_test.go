package app_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// problems returns the status, the code and the fields that a problem names.
func (a answer) problem() string {
	text := fmt.Sprintf("%d %v", a.status, a.json["code"])
	errors, _ := a.json["errors"].([]any)
	for _, e := range errors {
		text += fmt.Sprintf(" %v", e.(map[string]any)["field"])
	}
	return text
}

func TestEventIsShownWithAllItsFields(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := s.event()
	got := s.must(http.StatusOK, "", http.MethodGet, events+"/"+e["id"].(string), "")
	require.Equal(t, e, got)
	require.Equal(t, []string{
		"capacity", "country", "created_at", "ends_at", "hall", "id", "location_id", "location_name", "name", "organizer_id", "price",
		"seats_left", "starts_at", "status", "version",
	}, slices.Sorted(maps.Keys(got)))
	require.Equal(t, "anna", got["organizer_id"])
	require.True(t, strings.HasSuffix(got["starts_at"].(string), "Z"), "in UTC")
}

func TestBadEventIsRefusedAndTheFieldNamed(t *testing.T) {
	t.Parallel()
	s := start(t)
	loc := s.location()
	for body, problem := range map[string]string{
		jazz(loc, `{"name":""}`):                              "400 invalid-request name",
		jazz(loc, `{"name":" "}`):                             "400 invalid-request name",
		jazz(loc, `{"name":7}`):                               "400 invalid-request name",
		jazz(loc, `{"hall":"Cellar"}`):                        "400 invalid-request hall",
		jazz("none", `{}`):                                    "400 invalid-request location_id",
		jazz(loc, `{"capacity":0}`):                           "400 invalid-request capacity",
		jazz(loc, `{"capacity":501}`):                         "400 invalid-request capacity",
		jazz(loc, `{"capacity":1.5}`):                         "400 invalid-request capacity",
		jazz(loc, `{"price":{"amount":-1,"currency":"EUR"}}`): "400 invalid-request price.amount",
		jazz(loc, `{"price":{"amount":1,"currency":"euro"}}`): "400 invalid-request price.currency",
		jazz(loc, `{"price":{"amount":1}}`):                   "400 invalid-request price.currency",
		jazz(loc, `{"price":null}`):                           "400 invalid-request price",
		jazz(loc, `{"starts_at":"tomorrow"}`):                 "400 invalid-request starts_at",
		jazz(loc, `{"starts_at":"2020-01-01T00:00:00Z"}`):     "400 invalid-request starts_at",
		jazz(loc, `{"ends_at":"2020-01-01T00:00:00Z"}`):       "400 invalid-request ends_at",
		jazz(loc, `{"seats_left":5}`):                         "400 invalid-request seats_left",
	} {
		require.True(t, strings.HasPrefix(s.call("anna", http.MethodPost, events, body).problem(), problem),
			"%s: %s", body, s.call("anna", http.MethodPost, events, body).body)
	}
	require.Empty(t, s.must(http.StatusOK, "", http.MethodGet, events, "")["items"], "nothing is half-written")
}

func TestBadLocationIsRefusedAndTheFieldNamed(t *testing.T) {
	t.Parallel()
	s := start(t)
	for change, problem := range map[string]string{
		`"country":"DE"→"country":"Germany"`: "400 invalid-request country",
		`"country":"DE"→"country":"XX"`:      "400 invalid-request country",
		`"capacity":500→"capacity":0`:        "400 invalid-request halls[0].capacity",
		`"name":"Great Hall"→"name":""`:      "400 invalid-request halls[0].name",
		`"name":"Great Hall",→`:              "400 invalid-request halls[0].name",
		`"address"→"street"`:                 "400 invalid-request",
	} {
		old, replacement, _ := strings.Cut(change, "→")
		body := strings.Replace(brewery, old, replacement, 1)
		require.NotEqual(t, brewery, body)
		a := s.call("anna", http.MethodPost, locations, body)
		require.True(t, strings.HasPrefix(a.problem(), problem), "%s: %s", body, a.body)
	}
	require.Empty(t, s.must(http.StatusOK, "", http.MethodGet, locations, "")["items"])
}

func TestBadQueryIsRefusedAndTheParameterNamed(t *testing.T) {
	t.Parallel()
	s := start(t)
	for query, parameter := range map[string]string{
		"limit=0": "limit", "limit=101": "limit", "limit=many": "limit", "cursor=%25": "cursor", "cursor=bm9uZQ": "cursor", "from=today": "from",
		"to=2020": "to", "country=de": "country", "min_seats_left=-1": "min_seats_left", "min_seats_left=x": "min_seats_left",
		"name=" + strings.Repeat("x", 201): "name", "page=2": "page",
		"id=e1&id=" + strings.Repeat("x", 101): "id", "id=e" + strings.Repeat("&id=e", 100): "id",
	} {
		require.Equal(t, "400 invalid-request "+parameter, s.call("", http.MethodGet, events+"?"+query, "").problem(), query)
	}
	require.Equal(t, "400 invalid-request limit", s.call("", http.MethodGet, locations+"?limit=0", "").problem())
}

func TestOnlyGivenFieldsChange(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := s.event()
	path := events + "/" + e["id"].(string)
	e["name"], e["version"] = "Blues night", 2.0
	require.Equal(t, e, s.must(http.StatusOK, "anna", http.MethodPatch, path, `{"name":"Blues night"}`))
	require.Equal(t, e, s.must(http.StatusOK, "anna", http.MethodPatch, path, `{}`))
	for body, problem := range map[string]string{
		`{"name":null}`:                      "400 invalid-request name",
		`{"price":null,"capacity":null}`:     "400 invalid-request capacity price",
		`{"version":3}`:                      "400 invalid-request version",
		`{"status":"cancelled"}`:             "400 invalid-request status",
		`{"capacity":501}`:                   "400 invalid-request capacity",
		`{"ends_at":"2020-01-01T00:00:00Z"}`: "400 invalid-request ends_at",
	} {
		require.Equal(t, problem, s.call("anna", http.MethodPatch, path, body).problem(), body)
	}
	require.Equal(t, e, s.must(http.StatusOK, "", http.MethodGet, path, ""))

	place := s.must(http.StatusCreated, "anna", http.MethodPost, locations, brewery)
	path = locations + "/" + place["id"].(string)
	place["address"], place["version"] = "Hopfenweg 1", 2.0
	require.Equal(t, place, s.must(http.StatusOK, "anna", http.MethodPatch, path, `{"address":"Hopfenweg 1"}`))
	require.Equal(t, "400 invalid-request halls", s.call("anna", http.MethodPatch, path, `{"halls":null}`).problem())
	require.Equal(t, "400 invalid-request halls", s.call("anna", http.MethodPatch, path, `{"halls":[]}`).problem())
	require.Equal(t, place, s.must(http.StatusOK, "", http.MethodGet, path, ""))
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := s.event()
	one, place := events+"/"+e["id"].(string), locations+"/"+e["location_id"].(string)
	for _, c := range []struct{ user, method, path, body, problem string }{
		{"", http.MethodPost, events, `{}`, "401 unauthenticated"},
		{"carl", http.MethodPost, events, jazz("x", `{}`), "403 forbidden"},
		{"carl", http.MethodPost, locations, brewery, "403 forbidden"},
		{"", http.MethodPatch, one, `{}`, "401 unauthenticated"},
		{"bert", http.MethodPatch, one, `{}`, "403 not-your-event"},
		{"bert", http.MethodPost, one + "/cancel", "", "403 not-your-event"},
		{"bert", http.MethodPatch, place, `{}`, "403 not-your-location"},
		{"anna", http.MethodPatch, events + "/none", `{}`, "404 event-not-found"},
		{"anna", http.MethodPost, events + "/none/cancel", "", "404 event-not-found"},
		{"anna", http.MethodPatch, locations + "/none", `{}`, "404 location-not-found"},
		{"", http.MethodGet, events + "/none", "", "404 event-not-found"},
		{"", http.MethodGet, locations + "/none", "", "404 location-not-found"},
		{"anna", http.MethodPatch, place, `{"halls":[{"name":"Kettle","capacity":40}]}`, "409 hall-in-use"},
	} {
		require.Equal(t, c.problem, s.call(c.user, c.method, c.path, c.body).problem(), "%v", c)
	}
	require.Equal(t, e, s.must(http.StatusOK, "", http.MethodGet, one, ""))
}

func TestCancelledEventIsListedAsSuch(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := s.event()
	path := events + "/" + e["id"].(string)
	e["status"], e["version"] = "cancelled", 2.0
	for range 2 {
		require.Equal(t, e, s.must(http.StatusOK, "anna", http.MethodPost, path+"/cancel", ""))
		require.Equal(t, []any{e}, s.must(http.StatusOK, "", http.MethodGet, events, "")["items"], "at once")
	}
	require.Equal(t, "409 event-cancelled", s.call("anna", http.MethodPatch, path, `{"name":"x"}`).problem())
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	s := start(t)
	place := s.location()
	s.location()
	begin := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	var want []string
	for i := range 5 {
		at := begin.Add(time.Duration(i/2) * time.Hour) // some start together
		body := jazz(place, fmt.Sprintf(`{"name":"Night %d","starts_at":%q,"ends_at":%q}`,
			i, at.Format(time.RFC3339), at.Add(9*time.Hour).Format(time.RFC3339)))
		want = append(want, s.must(http.StatusCreated, "anna", http.MethodPost, events, body)["id"].(string))
	}
	list := func(path, query string) (ids []string) {
		for cursor := ""; ; {
			page := s.must(http.StatusOK, "", http.MethodGet, path+"?limit=2&"+query+cursor, "")
			for _, item := range page["items"].([]any) {
				ids = append(ids, item.(map[string]any)["id"].(string))
			}
			if page["next_cursor"] == nil {
				return ids
			}
			require.Len(t, page["items"], 2)
			cursor = "&cursor=" + page["next_cursor"].(string)
		}
	}
	require.Equal(t, want, list(events, ""))
	require.Len(t, list(locations, ""), 2)
	hour := url.QueryEscape(begin.Add(time.Hour).Format(time.RFC3339))
	for query, selected := range map[string][]string{
		"from=" + hour: want[2:], "to=" + hour: want[:2], "location_id=" + place: want, "location_id=x": nil,
		"country=DE": want, "country=AT": nil, "organizer_id=anna": want, "organizer_id=bert": nil,
		"min_seats_left=500": want, "min_seats_left=501": nil, "name=nIGHT+3": want[3:4], "name=%25": nil,
		"country=DE&name=night&from=" + hour:                                             want[2:],
		"id=" + want[3] + "&id=none&id=" + want[0] + "&id=" + want[3] + "&id=" + want[4]: {want[0], want[3], want[4]},
		"id=none": nil, "id=" + want[0] + "&id=" + want[4] + "&to=" + hour: want[:1],
	} {
		require.Equal(t, selected, list(events, query), query)
	}
}

func TestListIsAnsweredFromMemoryUntilItChanges(t *testing.T) {
	t.Parallel()
	s := start(t)
	e := s.event()
	first := s.call("", http.MethodGet, events+"?limit=5", "")
	etag := first.header.Get("ETag")
	require.NotEmpty(t, etag)
	require.Equal(t, "no-cache", first.header.Get("Cache-Control"))
	require.Equal(t, "application/json", first.header.Get("Content-Type"))
	require.Equal(t, http.StatusNotModified, s.call("", http.MethodGet, events+"?limit=5", "", "If-None-Match", etag).status)

	s.must(http.StatusOK, "anna", http.MethodPatch, events+"/"+e["id"].(string), `{"name":"Blues night"}`)

	changed := s.call("", http.MethodGet, events+"?limit=5", "", "If-None-Match", etag)
	require.Equal(t, http.StatusOK, changed.status)
	require.Contains(t, changed.body, "Blues night", "whoever changed it sees it at once")
}

func TestChangesAreAudited(t *testing.T) {
	t.Parallel()
	s := start(t)
	id := s.event()["id"].(string)
	s.call("bert", http.MethodPost, events+"/"+id+"/cancel", "")
	s.call("carl", http.MethodPost, locations, brewery)
	for _, want := range [][]string{
		{`"event.action":"location.create"`, `"event.outcome":"success"`, `"user.id":"anna"`},
		{`"event.action":"event.create"`, `"event.outcome":"success"`, `"audit.object.type":"event"`, `"audit.object.id":"` + id + `"`},
		{`"event.action":"event.cancel"`, `"event.outcome":"failure"`, `"user.id":"bert"`, `"event.reason":"not-your-event"`},
		{`"event.action":"access.denied"`, `"audit.object.id":"create-location"`, `"user.id":"carl"`, `"event.reason":"forbidden"`},
	} {
		require.True(t, s.logged(want...), "%v in %s", want, s.logs)
	}
}

// logged reports whether one line contains all the parts.
func (s *service) logged(parts ...string) bool {
	for line := range strings.Lines(s.logs.String()) {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
			return true
		}
	}
	return false
}
