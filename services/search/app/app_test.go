package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search/app"
	"github.com/myevents/myevents/services/search/indextest"
)

// patience is far more than anything here takes; a test that runs into it has failed.
const patience = 20 * time.Second

func TestWhatIsPublishedIsFound(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	s := p.start(t)

	p.publish(t, contracts.TopicEvent, contracts.EventCreated, "e1", indextest.Event("e1", "Jazz night"))
	require.Eventually(t, func() bool { return len(s.find(t, "jaz", "")) == 1 }, patience, 10*time.Millisecond)

	found := s.find(t, "jaz", "")[0]
	require.Equal(t, "Jazz night", found["name"])
	require.Equal(t, "scheduled", found["status"])
	require.Equal(t, map[string]any{"name": []any{"<mark>Jazz</mark> night"}}, found["highlights"])
	require.NotContains(t, found, "user_id")
}

func TestBookingsAreFoundByTheirUserOnly(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	s := p.start(t)
	booking := indextest.Booking("b1", "ann", "Jazz night")
	p.publish(t, contracts.TopicBooking, contracts.BookingConfirmed, "e1", booking)
	require.Eventually(t, func() bool { return len(s.find(t, "jazz", "ann")) == 1 }, patience, 10*time.Millisecond)
	booking.Version, booking.Status = 2, contracts.StatusCancelled
	p.publish(t, contracts.TopicBooking, contracts.BookingCancelled, "e1", booking)
	require.Eventually(t, func() bool { return s.find(t, "jazz", "ann")[0]["status"] == "cancelled" }, patience, 10*time.Millisecond)

	require.Empty(t, s.find(t, "jazz", "bob"))
	require.NotContains(t, s.find(t, "jazz", "ann")[0], "inventory", "what is between services stays there")
	require.Equal(t, http.StatusUnauthorized, s.get("/api/v1/search/bookings?q=jazz", "").Code)
}

func TestBadSearchesAreProblemsThatNameTheParameter(t *testing.T) {
	t.Parallel()
	s := newPlatform(t).start(t)
	refuses := func(path, field string) {
		answer := s.get(path, "ann")
		require.Equal(t, http.StatusBadRequest, answer.Code, "%s: %s", path, answer.Body)
		var problem struct {
			Code   string
			Errors []struct{ Field, Rule string }
		}
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem))
		require.Equal(t, "invalid-request", problem.Code)
		require.Len(t, problem.Errors, 1, path)
		require.Equal(t, field, problem.Errors[0].Field)
		require.NotEmpty(t, problem.Errors[0].Rule)
	}
	for query, field := range map[string]string{
		"q=" + strings.Repeat("a", 201): "q",
		"q=jazz&limit=0":                "limit",
		"q=jazz&limit=101":              "limit",
		"q=jazz&limit=ten":              "limit",
		"q=jazz&cursor=!":               "cursor",
	} {
		for _, path := range []string{"/api/v1/search?", "/api/v1/search/bookings?"} {
			refuses(path+query, field)
		}
	}
	for _, query := range []string{"", "?q=", "?q=%20%20"} {
		refuses("/api/v1/search/bookings"+query, "q")
		require.Equal(t, http.StatusOK, s.get("/api/v1/search"+query, "").Code)
	}
	for query, field := range map[string]string{
		"country=germany": "country", "country=de": "country", "month=2026-13": "month", "month=November": "month", "sort=age": "sort",
		"contry=DE": "contry",
	} {
		refuses("/api/v1/search?"+query, field)
	}
	require.Equal(t, http.StatusOK, s.get("/api/v1/search?q="+url.QueryEscape(strings.Repeat("ä", 200)), "").Code)
}

func TestPagesFollowTheCursor(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	s := p.start(t)
	for i := range 5 {
		id := fmt.Sprintf("e%d", i)
		p.publish(t, contracts.TopicEvent, contracts.EventCreated, id, indextest.Event(id, "Jazz night"))
	}
	require.Eventually(t, func() bool { return len(s.find(t, "jazz", "")) == 5 }, patience, 10*time.Millisecond)

	var ids []any
	for path, pages := "/api/v1/search?q=jazz&limit=2", 1; ; pages++ {
		var page struct {
			Items      []map[string]any
			NextCursor string `json:"next_cursor"`
		}
		require.NoError(t, json.Unmarshal(s.get(path, "").Body.Bytes(), &page))
		for _, item := range page.Items {
			ids = append(ids, item["id"])
		}
		if page.NextCursor == "" {
			require.Equal(t, 3, pages)
			break
		}
		path = "/api/v1/search?q=jazz&limit=2&cursor=" + page.NextCursor
	}
	require.Equal(t, []any{"e0", "e1", "e2", "e3", "e4"}, ids)
}

func TestReplayRestoresADeletedCopy(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	s := p.start(t)
	p.publish(t, contracts.TopicEvent, contracts.EventCreated, "e1", indextest.Event("e1", "Jazz night"))
	for i := range 40 {
		booking := indextest.Booking(fmt.Sprintf("b%02d", i), "ann", "Jazz night")
		p.publish(t, contracts.TopicBooking, contracts.BookingConfirmed, "e1", booking)
	}
	copied := func() string { return s.admin(http.MethodGet, "copy").Body.String() }
	require.Eventually(t, func() bool { return strings.Count(copied(), "\n") == 41 }, patience, 10*time.Millisecond)
	before := copied()
	require.True(t, strings.HasPrefix(before, `{"kind":"booking","id":"b00","version":1}`), before)

	require.Equal(t, http.StatusNoContent, s.admin(http.MethodDelete, "copy").Code)
	require.Empty(t, copied())
	require.Empty(t, s.find(t, "jazz", ""))
	answer := s.admin(http.MethodPost, "replay")

	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	require.JSONEq(t, `{"applied":41}`, answer.Body.String())
	require.Equal(t, before, copied())
	require.Len(t, s.find(t, "jazz", ""), 1)
}

func TestReplayFailsWhileAnOwnerIsAway(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	s := p.start(t)
	p.peers.Close()
	require.Equal(t, http.StatusServiceUnavailable, s.admin(http.MethodPost, "replay").Code)
}

func TestAMessageThatIsNoDocumentIsParked(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	s := p.start(t)
	p.publish(t, contracts.TopicEvent, contracts.EventChanged, "e1", contracts.Event{ID: "e1"})
	letters := func() (page struct{ Items []struct{ ID string } }) {
		_ = json.Unmarshal(s.admin(http.MethodGet, "dead-letters").Body.Bytes(), &page)
		return page
	}
	require.Eventually(t, func() bool { return len(letters().Items) == 1 }, patience, 10*time.Millisecond)

	path := "dead-letters/" + letters().Items[0].ID
	require.Equal(t, http.StatusConflict, s.admin(http.MethodPost, path+"/requeue").Code, "it fails again")
	require.Equal(t, http.StatusNoContent, s.admin(http.MethodPost, path+"/drop").Code)
	require.Empty(t, letters().Items)
}

func TestARestartFindsEverything(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	first := p.start(t)
	p.publish(t, contracts.TopicEvent, contracts.EventCreated, "e1", indextest.Event("e1", "Jazz night"))
	require.Eventually(t, func() bool { return len(first.find(t, "jazz", "")) == 1 }, patience, 10*time.Millisecond)
	require.NoError(t, first.app.Stop(t.Context()))
	require.NoError(t, first.app.Stop(t.Context()), "stopping is idempotent")
	p.publish(t, contracts.TopicEvent, contracts.EventCreated, "e2", indextest.Event("e2", "Jazz brunch"))

	second := p.start(t)

	require.NotEmpty(t, second.find(t, "night", ""))
	require.Eventually(t, func() bool { return len(second.find(t, "brunch", "")) == 1 }, patience, 10*time.Millisecond,
		"what was published meanwhile is waiting at the broker")
}

func TestSearchersHearOfAnElasticsearchThatIsAway(t *testing.T) {
	t.Parallel()
	elasticsearch := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"hits":{"hits":[]}}`)
	}))
	t.Cleanup(elasticsearch.Close)
	p := newPlatform(t)
	p.config.Index = "elasticsearch:" + elasticsearch.URL + "/search"
	s := p.start(t)
	require.Empty(t, s.find(t, "jazz", ""))

	elasticsearch.Close()
	answer := s.get("/api/v1/search?q=jazz", "")
	require.Equal(t, http.StatusServiceUnavailable, answer.Code, answer.Body)
}

func TestUnknownSchemesAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for wrong, c := range map[string]app.Config{
		`search index: the scheme is "solr", must be bleve (as bleve:DIR) or elasticsearch (as elasticsearch:http://HOST:PORT/INDEX)`: {
			Index: "solr://x", Store: p.config.Store,
		},
		`search store: the scheme is "mysql", must be sqlite (as sqlite:PATH) or mongodb (as mongodb://HOST:PORT/DATABASE)`: {
			Index: p.config.Index, Store: "mysql://x",
		},
	} {
		_, err := app.New(t.Context(), c, p.env(t))
		require.EqualError(t, err, wrong)
	}
	s := p.start(t) // nothing is left open
	require.NotNil(t, s)
}

func TestDocumentIsStable(t *testing.T) {
	t.Parallel()
	document := string(app.Document())
	require.Equal(t, document, string(app.Document()))
	require.Contains(t, document, `"/api/v1/search/bookings"`)
}

// searching is a started search service.
type searching struct {
	app *app.App
	mux *http.ServeMux
}

func (s *searching) get(path, userID string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.app.Handler().ServeHTTP(answer, request(http.MethodGet, path, userID))
	return answer
}

func (s *searching) admin(method, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	s.mux.ServeHTTP(answer, request(method, "/admin/search/"+path, ""))
	return answer
}

// find returns the events that match or, with a user, that user's bookings.
func (s *searching) find(t *testing.T, text, userID string) []map[string]any {
	t.Helper()
	path := "/api/v1/search"
	if userID != "" {
		path += "/bookings"
	}
	answer := s.get(path+"?q="+url.QueryEscape(text), userID)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	var page struct{ Items []map[string]any }
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &page))
	require.NotNil(t, page.Items)
	return page.Items
}
