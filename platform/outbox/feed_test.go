package outbox_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/outbox"
)

func TestFetchReadsTheWholeFeed(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	var want []string
	for i := range 1201 { // more than two pages
		want = append(want, fmt.Sprint("m", i))
	}
	w.write("event", want[:1000]...)
	w.write("location", want[1000:]...)
	server := httptest.NewServer(outbox.Feed(w.log))
	t.Cleanup(server.Close)

	var got []outbox.Entry
	require.NoError(t, outbox.Fetch(t.Context(), server.Client(), server.URL, 0, func(e outbox.Entry) error {
		got = append(got, e)
		return nil
	}))
	entries, err := w.log.Read(t.Context(), 0, len(want)+1)
	require.NoError(t, err)
	require.Len(t, entries, len(want))
	require.Equal(t, entries, got)

	var rest []string
	require.NoError(t, outbox.Fetch(t.Context(), server.Client(), server.URL, got[1198].Seq, func(e outbox.Entry) error {
		rest = append(rest, e.ID)
		return nil
	}))
	require.Equal(t, want[1199:], rest)

	stop := errors.New("enough")
	require.ErrorIs(t, outbox.Fetch(t.Context(), server.Client(), server.URL, 0, func(outbox.Entry) error { return stop }), stop)
}

func TestFetchSaysThatThePeerIsAway(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	err := outbox.Fetch(t.Context(), server.Client(), server.URL, 0, nil)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	server.Close()
	err = outbox.Fetch(t.Context(), server.Client(), server.URL, 0, nil)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func TestFeedNamesBadParameters(t *testing.T) {
	t.Parallel()
	feed := outbox.Feed(newWriter(t).log)
	for query, field := range map[string]string{
		"after=x": "after", "after=-1": "after", "limit=0": "limit", "limit=501": "limit", "limit=many": "limit",
	} {
		answer := httptest.NewRecorder()
		feed.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/?"+query, http.NoBody))
		require.Equal(t, http.StatusBadRequest, answer.Code, query)
		require.Contains(t, answer.Body.String(), field)
	}
}
