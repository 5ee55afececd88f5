package indextest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
)

// ctx returns the test's context; rapid's tests have one too.
func ctx(t require.TestingT) context.Context {
	return t.(interface{ Context() context.Context }).Context()
}

func testRoundTrip(t *testing.T, h Harness) {
	event, booking := Event("e1", "Jazz night"), Booking("b1", "ann", "Jazz night")
	event.Status, booking.Status = contracts.EventIsCancelled, contracts.StatusCancelled
	apply(t, h.Index, EventDocument(event), BookingDocument(booking))

	foundEvents, err := h.Index.SearchEvents(t.Context(), search.Query{Text: "jazz", Limit: 10})
	require.NoError(t, err)
	require.Len(t, foundEvents.Hits, 1)
	require.Equal(t, event, foundEvents.Hits[0].Item)
	require.Positive(t, foundEvents.Hits[0].Score)

	foundBookings, err := h.Index.SearchBookings(t.Context(), "ann", search.BookingQuery{Text: "jazz", Limit: 10})
	require.NoError(t, err)
	require.Len(t, foundBookings.Hits, 1)
	require.Equal(t, booking, foundBookings.Hits[0].Item)
	require.Positive(t, foundBookings.Hits[0].Score)
}

// versions returns an event in versions 1 to n; each has its own name.
func versions(id string, n int) []search.Document {
	documents := make([]search.Document, n)
	for i := range documents {
		event := Event(id, fmt.Sprintf("Jazz v%d", i+1))
		event.Version = int64(i + 1)
		documents[i] = EventDocument(event)
	}
	return documents
}

func testVersions(t *testing.T, h Harness) {
	v := versions("e1", 3)
	apply(t, h.Index, v[1])
	apply(t, h.Index, v[0])
	require.Equal(t, []string{"Jazz v2"}, events(t, h.Index, "jazz"), "an older version changes nothing")

	apply(t, h.Index, v[1])
	require.Equal(t, []string{"Jazz v2"}, events(t, h.Index, "jazz"), "the same version again makes no second document")

	apply(t, h.Index, v[2])
	require.Equal(t, []string{"Jazz v3"}, events(t, h.Index, "jazz"))
	require.Empty(t, events(t, h.Index, "v2"), "a replaced version is not found any more")
}

func testAnyOrder(t *testing.T, h Harness) {
	for round := range 10 {
		id := fmt.Sprintf("e%d", round)
		v := versions(id, 6)
		rand.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
		cut := rand.IntN(len(v) + 1)
		apply(t, h.Index, v[:cut]...)
		apply(t, h.Index, v[cut:]...)

		entries, err := h.Index.Copy(t.Context(), "", 100)
		require.NoError(t, err)
		require.Contains(t, entries, search.Entry{Kind: search.KindEvent, ID: id, Version: 6})
		require.Len(t, entries, round+1)
	}
}

func testConcurrent(t *testing.T, h Harness) {
	for round := range 10 {
		id := fmt.Sprintf("e%d", round)
		var wg sync.WaitGroup
		v := versions(id, 8)
		rand.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
		for _, d := range v {
			wg.Go(func() {
				if err := h.Index.Apply(t.Context(), []search.Document{d}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		entries, err := h.Index.Copy(t.Context(), "", 100)
		require.NoError(t, err)
		require.Contains(t, entries, search.Entry{Kind: search.KindEvent, ID: id, Version: 8})
	}
}

func testIsolation(t *testing.T, h Harness) {
	apply(t, h.Index,
		BookingDocument(Booking("b1", "ann", "Jazz night")),
		BookingDocument(Booking("b2", "bob", "Jazz night")),
		BookingDocument(Booking("b3", "Ann", "Jazz night")),
		BookingDocument(Booking("b4", "ann bob", "Jazz night")),
		BookingDocument(Booking("b5", "ann", "Rock night")))

	require.Equal(t, []string{"b1"}, bookings(t, h.Index, "ann", "jazz"))
	require.Equal(t, []string{"b1", "b5"}, bookings(t, h.Index, "ann", "night"))
	require.Equal(t, []string{"b2"}, bookings(t, h.Index, "bob", "jazz"))
	require.Empty(t, bookings(t, h.Index, "", "jazz"))
	require.Empty(t, bookings(t, h.Index, "*", "jazz"))
	require.Empty(t, bookings(t, h.Index, "cid", "jazz"))
	require.Empty(t, bookings(t, h.Index, "cid", "bob"), "nobody is found by an id")
}

func testKinds(t *testing.T, h Harness) {
	apply(t, h.Index, EventDocument(Event("same", "Jazz night")), BookingDocument(Booking("same", "ann", "Rock night")))

	require.Equal(t, []string{"Jazz night"}, events(t, h.Index, "night"))
	require.Equal(t, []string{"same"}, bookings(t, h.Index, "ann", "night"))
	require.Empty(t, events(t, h.Index, "rock"))
	require.Empty(t, bookings(t, h.Index, "ann", "jazz"))
}

func testEmpty(t *testing.T, h Harness) {
	require.NoError(t, h.Index.Apply(t.Context(), nil))
	require.NoError(t, h.Index.Clear(t.Context()))
	require.Empty(t, events(t, h.Index, "jazz"))
	require.Empty(t, bookings(t, h.Index, "ann", "jazz"))
	entries, err := h.Index.Copy(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func testCopy(t *testing.T, h Harness) {
	var want []search.Entry
	for i := range 25 {
		b := Booking(fmt.Sprintf("b%02d", i), "ann", "Jazz night")
		b.Version = int64(i%2 + 1)
		apply(t, h.Index, BookingDocument(b))
		want = append(want, search.Entry{Kind: search.KindBooking, ID: b.ID, Version: b.Version})
	}
	apply(t, h.Index, EventDocument(Event("e1", "Jazz night")))
	want = append(want, search.Entry{Kind: search.KindEvent, ID: "e1", Version: 1})

	var got []search.Entry
	for after := ""; ; {
		entries, err := h.Index.Copy(t.Context(), after, 7)
		require.NoError(t, err)
		if len(entries) == 0 {
			break
		}
		got = append(got, entries...)
		require.LessOrEqual(t, len(got), len(want), "it goes on for ever")
		after = entries[len(entries)-1].Key()
	}
	require.Equal(t, want, got)
}

func testClear(t *testing.T, h Harness) {
	v := versions("e1", 2)
	apply(t, h.Index, v[1], BookingDocument(Booking("b1", "ann", "Jazz night")))
	require.NoError(t, h.Index.Clear(t.Context()))

	require.Empty(t, events(t, h.Index, "jazz"))
	require.Empty(t, bookings(t, h.Index, "ann", "jazz"))
	entries, err := h.Index.Copy(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, entries)

	apply(t, h.Index, v[0])
	require.Equal(t, []string{"Jazz v1"}, events(t, h.Index, "jazz"), "versions begin anew")
}

func testReopen(t *testing.T, h Harness) {
	var documents []search.Document
	for i := range 300 {
		documents = append(documents, BookingDocument(Booking(fmt.Sprintf("b%03d", i), "ann", "Jazz night")))
	}
	apply(t, h.Index, documents[:150]...)
	apply(t, h.Index, documents[150:]...)
	apply(t, h.Index, versions("e1", 2)...)
	before, err := h.Index.Copy(t.Context(), "", 1000)
	require.NoError(t, err)
	require.Len(t, before, 301)

	reopened := h.Reopen()

	after, err := reopened.Copy(t.Context(), "", 1000)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Equal(t, []string{"Jazz v2"}, events(t, reopened, "jazz"))
	require.Len(t, bookings(t, reopened, "ann", "jazz"), 100)
	apply(t, reopened, versions("e1", 1)...)
	require.Equal(t, []string{"Jazz v2"}, events(t, reopened, "jazz"), "versions are remembered")
}
