package search_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/bleve"
	"github.com/myevents/myevents/services/search/indextest"
)

// start returns a service over an index in a directory of the test, and the indexer that feeds it.
func start(t *testing.T) (*search.Service, *search.Indexer, search.Index) {
	t.Helper()
	index, err := bleve.Open(t.Context(), filepath.Join(t.TempDir(), "index"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, index.Close()) })
	return search.NewService(index), search.NewIndexer(index), index
}

func message(t *testing.T, typ string, data any) cloudevent.Event {
	t.Helper()
	e, err := cloudevent.New("m-1", "/test", typ, "subject", time.Unix(1, 0), data)
	require.NoError(t, err)
	return e
}

func TestRequestsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	service, _, _ := start(t)
	cursor := base64.RawURLEncoding.EncodeToString
	for name, c := range map[string]struct {
		request search.Request
		fields  []string
	}{
		"no text":            {search.Request{Limit: 10}, []string{"q"}},
		"only spaces":        {search.Request{Text: " \t\u00a0", Limit: 10}, []string{"q"}},
		"201 characters":     {search.Request{Text: strings.Repeat("ä", 201), Limit: 10}, []string{"q"}},
		"an empty page":      {search.Request{Text: "jazz"}, []string{"limit"}},
		"101 hits":           {search.Request{Text: "jazz", Limit: 101}, []string{"limit"}},
		"not a cursor":       {search.Request{Text: "jazz", Limit: 10, Cursor: "!"}, []string{"cursor"}},
		"cursor of no JSON":  {search.Request{Text: "jazz", Limit: 10, Cursor: cursor([]byte("x"))}, []string{"cursor"}},
		"cursor of no place": {search.Request{Text: "jazz", Limit: 10, Cursor: cursor([]byte(`{"s":1}`))}, []string{"cursor"}},
		"everything":         {search.Request{Cursor: "!"}, []string{"q", "limit", "cursor"}},
	} {
		_, byEvent := service.SearchEvents(t.Context(), c.request)
		_, byBooking := service.SearchBookings(t.Context(), "ann", c.request)
		require.Equal(t, byEvent, byBooking, name)
		problem, ok := errors.AsType[*fault.Error](byEvent)
		require.True(t, ok, "%s: %v", name, byEvent)
		require.Equal(t, fault.Invalid, problem.Kind, name)
		var fields []string
		for _, f := range problem.Fields {
			fields = append(fields, f.Field)
		}
		require.Equal(t, c.fields, fields, name)
	}
	_, err := service.SearchEvents(t.Context(), search.Request{Text: strings.Repeat("ä", 200), Limit: 100})
	require.NoError(t, err)
}

func TestNobodySearchesBookingsWithoutAUser(t *testing.T) {
	t.Parallel()
	service, _, _ := start(t)
	_, err := service.SearchBookings(t.Context(), "", search.Request{Text: "jazz", Limit: 10})
	require.Equal(t, fault.Unauthenticated, fault.KindOf(err))
}

func TestCursorsLeadThroughAllPages(t *testing.T) {
	t.Parallel()
	service, _, index := start(t)
	id := func(i int) string { return fmt.Sprintf("b%06d", i) }
	var documents []search.Document
	for i := range 25 {
		documents = append(documents, indextest.BookingDocument(indextest.Booking(id(i), "ann", "Jazz night")))
	}
	require.NoError(t, index.Apply(t.Context(), documents))

	var ids []string
	request := search.Request{Text: "jazz", Limit: 10}
	for _, size := range []int{10, 10, 5} {
		page, err := service.SearchBookings(t.Context(), "ann", request)
		require.NoError(t, err)
		require.Len(t, page.Hits, size)
		for _, hit := range page.Hits {
			ids = append(ids, hit.Item.ID)
		}
		request.Cursor = page.NextCursor
	}
	require.Empty(t, request.Cursor)
	for i, got := range ids {
		require.Equal(t, id(i), got)
	}
}

func TestReplayRebuildsTheIndex(t *testing.T) {
	t.Parallel()
	_, x, index := start(t)
	const bookings = 2345
	eventFeed := feed(t, func(apply func(cloudevent.Event) error) error {
		event := indextest.Event("e1", "Jazz night")
		return errors.Join(apply(message(t, contracts.EventCreated, event)), apply(message(t, contracts.LocationCreated, contracts.Location{})))
	})
	bookingFeed := feed(t, func(apply func(cloudevent.Event) error) error {
		for i := range bookings {
			booking := indextest.Booking(fmt.Sprintf("b%04d", i), "ann", "Jazz night")
			if err := apply(message(t, contracts.BookingConfirmed, booking)); err != nil {
				return err
			}
		}
		return apply(message(t, contracts.BookingRejected, indextest.Booking("b9999", "ann", "Jazz night")))
	})
	newer := indextest.Booking("b0007", "ann", "Jazz night")
	newer.Version = 2
	require.NoError(t, index.Apply(t.Context(), []search.Document{indextest.BookingDocument(newer)}))

	for range 2 { // a second time changes nothing
		applied, err := x.Replay(t.Context(), eventFeed, bookingFeed)
		require.NoError(t, err)
		require.Equal(t, bookings+1, applied)

		entries, err := index.Copy(t.Context(), "", bookings+10)
		require.NoError(t, err)
		require.Len(t, entries, bookings+1)
		require.Contains(t, entries, search.Entry{Kind: search.KindBooking, ID: "b0007", Version: 2}, "what is newer stays")
		require.Contains(t, entries, search.Entry{Kind: search.KindEvent, ID: "e1", Version: 1})
	}
}

func TestReplayStopsWhereAFeedFails(t *testing.T) {
	t.Parallel()
	_, x, _ := start(t)
	away := errors.New("away")
	_, err := x.Replay(t.Context(), feed(t, func(func(cloudevent.Event) error) error { return away }))
	require.ErrorIs(t, err, away)

	_, err = x.Replay(t.Context(), feed(t, func(apply func(cloudevent.Event) error) error {
		return apply(message(t, contracts.EventCreated, "text"))
	}))
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

func feed(t *testing.T, messages func(apply func(cloudevent.Event) error) error) search.Feed {
	t.Helper()
	return func(_ context.Context, apply func(cloudevent.Event) error) error { return messages(apply) }
}
