package search_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/indextest"
)

func TestMessagesBecomeSearchable(t *testing.T) {
	t.Parallel()
	service, x, _ := start(t)
	event := indextest.Event("e1", "Jazz night")
	created := message(t, contracts.EventCreated, event)
	event.Version, event.Status = 2, contracts.EventIsCancelled
	require.Nil(t, x.Handle(t.Context(), []cloudevent.Event{
		created,
		message(t, contracts.EventCancelled, event),
		message(t, contracts.BookingConfirmed, indextest.Booking("b1", "ann", "Jazz night")),
		message(t, contracts.BookingRejected, indextest.Booking("b2", "ann", "Jazz night")),
		message(t, "event.renamed", "a type of a later version"),
	}))

	events, err := service.SearchEvents(t.Context(), search.EventRequest{Request: search.Request{Text: "jazz", Limit: 10}})
	require.NoError(t, err)
	require.Len(t, events.Hits, 1)
	require.Equal(t, event, events.Hits[0].Item, "a cancelled event is found, and says so")

	bookings, err := service.SearchBookings(t.Context(), "ann", search.Request{Text: "jazz", Limit: 10})
	require.NoError(t, err)
	require.Len(t, bookings.Hits, 1, "a rejected booking is not found")
	require.Equal(t, "b1", bookings.Hits[0].Item.ID)
}

func TestMessagesThatAreNoDocumentsFailAlone(t *testing.T) {
	t.Parallel()
	_, x, index := start(t)
	messages := []cloudevent.Event{
		message(t, contracts.EventCreated, indextest.Event("e1", "Jazz night")),
		message(t, contracts.EventCreated, "another type of data"),
		message(t, contracts.EventChanged, contracts.Event{Version: 1}),
		message(t, contracts.BookingConfirmed, contracts.Booking{ID: "no version", UserID: "ann"}),
		message(t, contracts.BookingCancelled, contracts.Booking{ID: "of nobody", Version: 2}),
		message(t, contracts.BookingConfirmed, map[string]any{"id": "b1", "version": 1, "user_id": "ann", "seats": "two"}),
		message(t, contracts.BookingConfirmed, indextest.Booking("b2", "ann", "Jazz night")),
	}
	errs := x.Handle(t.Context(), messages)
	require.Len(t, errs, len(messages))
	for i, err := range errs {
		if i == 0 || i == len(messages)-1 {
			require.NoError(t, err)
		} else {
			require.Equal(t, fault.Invalid, fault.KindOf(err), "message %d: %v", i, err)
		}
	}
	entries, err := index.Copy(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

// brokenIndex cannot be written to. It counts the attempts.
type brokenIndex struct {
	search.Index
	err     error
	batches []int // sizes
}

func (b *brokenIndex) Apply(_ context.Context, documents []search.Document) error {
	b.batches = append(b.batches, len(documents))
	return b.err
}

func TestWhereTheIndexFailsSoDoTheMessagesItIsFor(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	index := &brokenIndex{err: full}
	errs := search.NewIndexer(index).Handle(t.Context(), []cloudevent.Event{
		message(t, contracts.BookingConfirmed, indextest.Booking("b1", "ann", "Jazz night")),
		message(t, contracts.BookingRejected, indextest.Booking("b2", "ann", "Jazz night")),
		message(t, contracts.BookingConfirmed, "no booking"),
		message(t, contracts.BookingConfirmed, indextest.Booking("b3", "ann", "Jazz night")),
	})
	require.Len(t, errs, 4)
	require.ErrorIs(t, errs[0], full)
	require.NoError(t, errs[1], "the index has no use for it")
	require.Equal(t, fault.Invalid, fault.KindOf(errs[2]))
	require.ErrorIs(t, errs[3], full)
	require.Equal(t, []int{2}, index.batches, "a batch is applied together")
}

func TestWhatIsNoDocumentDoesNotReachTheIndex(t *testing.T) {
	t.Parallel()
	index := &brokenIndex{}
	require.Nil(t, search.NewIndexer(index).Handle(t.Context(), []cloudevent.Event{
		message(t, contracts.BookingRejected, indextest.Booking("b1", "ann", "Jazz night")),
	}))
	require.Empty(t, index.batches)
}
