package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/event/httpapi"
)

// shelf is a store that has every event but "none".
type shelf struct{ event.Store }

func (shelf) Event(_ context.Context, id string) (event.Event, error) {
	if id == "none" {
		return event.Event{}, fault.Missing("event")
	}
	return event.Event{ID: id, Name: "Jazz & <Blues>"}, nil
}

// TestPlainGetMeansWhatItsSchemaSays asks twice: with a body, which nobody reads, no request is plain.
func TestPlainGetMeansWhatItsSchemaSays(t *testing.T) {
	t.Parallel()
	api := httpapi.New(event.New(event.Options{Store: shelf{}}), httpapi.Options{}).Handler()
	ask := func(id, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/events/"+id, strings.NewReader(body)))
		return w
	}
	for _, id := range []string{
		"e1", "none", "e1?x=1", "e1?", strings.Repeat("x", 100), strings.Repeat("x", 101), strings.Repeat("%C3%A4", 100), "%2F", "%20",
	} {
		plain, general := ask(id, ""), ask(id, "{}")
		require.Equal(t, general.Code, plain.Code, id)
		require.Equal(t, general.Body.String(), plain.Body.String(), id)
		require.Equal(t, general.Header(), plain.Header(), id)
	}
}

func TestEventIsEncodedAsByEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := func(field string) string { return rapid.String().Draw(t, field) }
		at := func(field string) time.Time {
			return time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, field)).UTC()
		}
		e := httpapi.Event{
			ID: text("id"), Version: rapid.Int64().Draw(t, "version"), Name: text("name"), OrganizerID: text("organizer"),
			StartsAt: at("starts"), EndsAt: at("ends"), LocationID: text("location"), LocationName: text("place"), Country: text("country"),
			Hall: text("hall"), Capacity: rapid.Int().Draw(t, "capacity"), Status: text("status"),
			Price:     contracts.Money{Amount: rapid.Int64().Draw(t, "amount"), Currency: text("currency")},
			SeatsLeft: rapid.Int().Draw(t, "left"), CreatedAt: at("created"),
		}
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		require.NoError(t, encoder.Encode(e))
		require.Equal(t, want.String(), string(e.AppendJSON(nil))+"\n")
	})
}
