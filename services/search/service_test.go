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
	return search.NewService(index, time.Now), search.NewIndexer(index), index
}

func message(t *testing.T, typ string, data any) cloudevent.Event {
	t.Helper()
	e, err := cloudevent.New("m-1", "/test", typ, "subject", time.Unix(1, 0), data)
	require.NoError(t, err)
	return e
}

// brokenFields returns the fields that an Invalid fault names.
func brokenFields(t *testing.T, err error) []string {
	t.Helper()
	problem, ok := errors.AsType[*fault.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, fault.Invalid, problem.Kind)
	var fields []string
	for _, f := range problem.Fields {
		fields = append(fields, f.Field)
	}
	return fields
}

func TestRequestsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	service, _, _ := start(t)
	cursor := base64.RawURLEncoding.EncodeToString
	for name, c := range map[string]struct {
		request search.Request
		fields  []string
	}{
		"201 characters":     {search.Request{Text: strings.Repeat("ä", 201), Limit: 10}, []string{"q"}},
		"an empty page":      {search.Request{Text: "jazz"}, []string{"limit"}},
		"101 hits":           {search.Request{Text: "jazz", Limit: 101}, []string{"limit"}},
		"not a cursor":       {search.Request{Text: "jazz", Limit: 10, Cursor: "!"}, []string{"cursor"}},
		"cursor of no JSON":  {search.Request{Text: "jazz", Limit: 10, Cursor: cursor([]byte("x"))}, []string{"cursor"}},
		"cursor of no place": {search.Request{Text: "jazz", Limit: 10, Cursor: cursor([]byte(`{"s":1}`))}, []string{"cursor"}},
		"everything":         {search.Request{Text: strings.Repeat(" ", 201), Cursor: "!"}, []string{"q", "limit", "cursor"}},
	} {
		_, err := service.SearchEvents(t.Context(), search.EventRequest{Request: c.request})
		require.Equal(t, c.fields, brokenFields(t, err), name)
		if strings.TrimSpace(c.request.Text) != "" {
			_, err = service.SearchBookings(t.Context(), "ann", c.request)
			require.Equal(t, c.fields, brokenFields(t, err), name)
		}
	}
	for _, text := range []string{"", " \t\u00a0"} {
		_, err := service.SearchBookings(t.Context(), "ann", search.Request{Text: text, Limit: 10})
		require.Equal(t, []string{"q"}, brokenFields(t, err), "%q", text)
	}
	_, err := service.SearchEvents(t.Context(), search.EventRequest{Request: search.Request{Text: strings.Repeat("ä", 200), Limit: 100}})
	require.NoError(t, err)

	_, err = service.SearchEvents(t.Context(), search.EventRequest{
		Request: search.Request{Limit: 10}, Country: "de", Month: "2026-13", Sort: "age",
	})
	require.Equal(t, []string{"country", "month", "sort"}, brokenFields(t, err))
}

func TestWithoutATextTheNextEventsAreFound(t *testing.T) {
	t.Parallel()
	_, _, index := start(t)
	first := indextest.Event("e1", "Jazz night")
	service := search.NewService(index, func() time.Time { return first.StartsAt.Add(time.Second) })
	later, cancelled := indextest.Event("e2", "Jazz brunch"), indextest.Event("e3", "Jazz matinee")
	later.StartsAt, cancelled.StartsAt = first.StartsAt.Add(2*time.Hour), first.StartsAt.Add(time.Hour)
	cancelled.Status = contracts.EventIsCancelled
	require.NoError(t, index.Apply(t.Context(), []search.Document{
		indextest.EventDocument(first), indextest.EventDocument(later), indextest.EventDocument(cancelled),
	}))
	ids := func(r search.EventRequest) (ids []string) {
		r.Limit = 10
		found, err := service.SearchEvents(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, len(found.Hits), found.Total)
		for _, hit := range found.Hits {
			ids = append(ids, hit.Item.ID)
		}
		return ids
	}
	for _, text := range []string{"", " \t "} {
		require.Equal(t, []string{"e3", "e2"}, ids(search.EventRequest{Request: search.Request{Text: text}}))
	}
	require.Equal(t, []string{"e3", "e2"}, ids(search.EventRequest{Sort: search.SortRelevance}), "nothing is more relevant")
	require.Equal(t, []string{"e2", "e3"}, ids(search.EventRequest{Sort: search.SortLatest}))
	require.ElementsMatch(t, []string{"e1", "e2", "e3"}, ids(search.EventRequest{Request: search.Request{Text: "jazz"}}),
		"who knows what to look for finds what is past, too")
}

func TestACursorBelongsToItsSort(t *testing.T) {
	t.Parallel()
	service, _, index := start(t)
	require.NoError(t, index.Apply(t.Context(), []search.Document{
		indextest.EventDocument(indextest.Event("e1", "Jazz night")), indextest.EventDocument(indextest.Event("e2", "Jazz night")),
	}))
	request := search.EventRequest{Request: search.Request{Text: "jazz", Limit: 1}, Sort: search.SortName}
	page, err := service.SearchEvents(t.Context(), request)
	require.NoError(t, err)
	request.Cursor = page.NextCursor
	request.Sort = search.SortPrice
	_, err = service.SearchEvents(t.Context(), request)
	require.Equal(t, []string{"cursor"}, brokenFields(t, err))
	request.Sort = ""
	_, err = service.SearchEvents(t.Context(), request)
	require.Equal(t, []string{"cursor"}, brokenFields(t, err))

	request.Sort = search.SortName
	page, err = service.SearchEvents(t.Context(), request)
	require.NoError(t, err)
	require.Len(t, page.Hits, 1)
	require.Empty(t, page.NextCursor)
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
