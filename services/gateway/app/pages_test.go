package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/gateway"
)

// asked counts the events service's answers, each of which differs from the one before.
type asked int

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	*a++
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Etag", `"theirs"`)
	if r.Header.Get("If-None-Match") == `"theirs"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = fmt.Fprintf(w, `{"items":[%d]}`, *a)
}

func TestListOfEventsIsAnsweredFromMemoryForAMoment(t *testing.T) {
	t.Parallel()
	var events asked
	w := newWorld(t, map[string]http.Handler{gateway.Event: &events})
	first := w.call(http.MethodGet, gateway.EventList, "")
	require.Equal(t, http.StatusOK, first.Code)
	require.JSONEq(t, `{"items":[1]}`, first.Body.String())
	require.Equal(t, first.Body.String(), w.call(http.MethodGet, gateway.EventList, "").Body.String())

	r := httptest.NewRequest(http.MethodGet, gateway.EventList, http.NoBody)
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	unmodified := httptest.NewRecorder()
	w.handler.ServeHTTP(unmodified, r)
	require.Equal(t, http.StatusNotModified, unmodified.Code)
	require.EqualValues(t, 1, events)

	require.Eventually(t, func() bool {
		return w.call(http.MethodGet, gateway.EventList, "").Body.String() == `{"items":[2]}`
	}, 10*time.Second, 10*time.Millisecond, "but not for longer")
}

func TestWhoeverChangesAnEventSeesItInTheListAtOnce(t *testing.T) {
	t.Parallel()
	var events asked
	w := newWorld(t, map[string]http.Handler{gateway.Event: &events})
	for i, change := range []struct{ method, path string }{
		{http.MethodPost, gateway.EventList}, {http.MethodPatch, gateway.EventList + "/e1"}, {http.MethodPost, gateway.EventList + "/e1/cancel"},
	} {
		w.call(http.MethodGet, gateway.EventList, "")
		w.call(change.method, change.path, "organizer")
		require.JSONEq(t, fmt.Sprintf(`{"items":[%d]}`, 3+2*i), w.call(http.MethodGet, gateway.EventList, "").Body.String())
	}
}

func TestAnswerThatIsNoPageIsNotKept(t *testing.T) {
	t.Parallel()
	var events asked
	w := newWorld(t, map[string]http.Handler{gateway.Event: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		events++
		rw.WriteHeader(http.StatusTeapot)
	})})
	for range 2 {
		require.Equal(t, http.StatusTeapot, w.call(http.MethodGet, gateway.EventList, "").Code)
	}
	require.EqualValues(t, 2, events)
}
