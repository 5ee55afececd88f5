package storetest

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/booking"
)

func placesAndShows(s *shop) {
	e := event("jazz", 10)
	s.offer(e)
	b := s.place(order("anna", "k", "jazz", 2))
	require.Equal(s.t, booking.Booking{
		ID: "k-of-anna", Version: 1, EventID: "jazz", EventName: "Night of jazz", StartsAt: e.StartsAt, UserID: "anna", Seats: 2,
		Status: contracts.StatusConfirmed, Total: contracts.Money{Amount: 9000, Currency: "EUR"}, CreatedAt: today(),
	}, b)
	shown, err := s.Booking(s.t.Context(), "anna", b.ID)
	require.NoError(s.t, err)
	require.Equal(s.t, b, shown)
	require.Equal(s.t, []booking.Booking{b}, s.bookings("anna"))
	require.Equal(s.t, booking.Inventory{Event: booking.CopyOf(e), Version: 1, SeatsTaken: 2}, s.inventory("jazz"))

	m := s.messages()[0]
	require.Equal(s.t, contracts.BookingConfirmed, m.Type)
	require.Equal(s.t, order("", "", "", 0).Trace, m.Trace)
	require.NoError(s.t, s.Ping(s.t.Context()))
}

func rejects(s *shop) {
	past, cancelled, small := event("past", 10), event("cancelled", 10), event("small", 3)
	past.StartsAt = today()
	cancelled.Status = contracts.EventIsCancelled
	for _, e := range []contracts.Event{past, cancelled, small} {
		s.offer(e)
	}
	for i, c := range []struct {
		event  string
		seats  int
		reason string
	}{
		{"past", 1, booking.ReasonEventPast},
		{"cancelled", 1, booking.ReasonEventCancelled},
		{"small", 4, booking.ReasonNotEnoughSeats},
		{"small", 3, ""},
		{"small", 1, booking.ReasonSoldOut},
	} {
		b := s.place(order("anna", numbered("k", i), c.event, c.seats))
		require.Equal(s.t, c.reason, b.Reason)
		require.Equal(s.t, c.reason != "", b.Status == contracts.StatusRejected)
		shown, err := s.Booking(s.t.Context(), "anna", b.ID)
		require.NoError(s.t, err)
		require.Equal(s.t, b, shown)
	}
}

func cancels(s *shop) {
	s.offer(event("jazz", 3))
	b := s.place(order("anna", "k1", "jazz", 3))
	rejected := s.place(order("bert", "k1", "jazz", 1))

	c, cancelled, err := s.Cancel(s.t.Context(), cancellation(b))
	require.NoError(s.t, err)
	require.True(s.t, cancelled)
	b.Version, b.Status, b.CancelledAt = 2, contracts.StatusCancelled, today().Add(time.Minute)
	require.Equal(s.t, b, c)

	again := cancellation(b)
	again.At = again.At.Add(time.Hour)
	c, cancelled, err = s.Cancel(s.t.Context(), again)
	require.NoError(s.t, err)
	require.False(s.t, cancelled, "cancelled before")
	require.Equal(s.t, b, c)

	_, _, err = s.Cancel(s.t.Context(), cancellation(rejected))
	require.Equal(s.t, "booking-rejected", fault.CodeOf(err))
	require.Equal(s.t, contracts.StatusConfirmed, s.place(order("bert", "k2", "jazz", 3)).Status, "the seats are back")

	late := cancellation(s.bookings("bert")[0])
	late.At = event("jazz", 3).StartsAt
	_, _, err = s.Cancel(s.t.Context(), late)
	require.Equal(s.t, booking.ReasonEventPast, fault.CodeOf(err))
}

func keepsOthersOut(s *shop) {
	s.offer(event("jazz", 10))
	b := s.place(order("anna", "k", "jazz", 1))
	foreign := cancellation(b)
	foreign.UserID = "bert"
	_, _, err := s.Cancel(s.t.Context(), foreign)
	require.Equal(s.t, "booking-not-found", fault.CodeOf(err))
	_, err = s.Booking(s.t.Context(), "bert", b.ID)
	require.Equal(s.t, "booking-not-found", fault.CodeOf(err))
	_, err = s.Booking(s.t.Context(), "anna", "none")
	require.Equal(s.t, "booking-not-found", fault.CodeOf(err))
	require.Empty(s.t, s.bookings("bert"))
	require.Equal(s.t, "k-of-bert", s.place(order("bert", "k", "jazz", 1)).ID, "keys of different users are different")
}

func pages(s *shop) {
	s.offer(event("jazz", 1000))
	var want []string
	for i := range 25 {
		want = append(want, s.place(order("anna", numbered("k", i), "jazz", 1)).ID)
		s.place(order("bert", numbered("k", i), "jazz", 1))
	}
	slices.Reverse(want)
	for _, limit := range []int{1, 7, 25, 100} {
		var got []string
		for before := ""; ; before = got[len(got)-1] {
			page, err := s.Bookings(s.t.Context(), "anna", before, limit)
			require.NoError(s.t, err)
			require.LessOrEqual(s.t, len(page), limit)
			if len(page) == 0 {
				break
			}
			for _, b := range page {
				got = append(got, b.ID)
			}
		}
		require.Equal(s.t, want, got)
	}
}

// sellsTheLastSeatsOnce lets 1,000 buyers compete for 500 seats.
func sellsTheLastSeatsOnce(s *shop) {
	s.offer(event("jazz", 500))
	var confirmed, rejected atomic.Int64
	each(1000, func(i int) {
		b, placed, err := s.Place(s.t.Context(), order(numbered("u", i), "k", "jazz", 1))
		assert.NoError(s.t, err)
		assert.True(s.t, placed)
		switch {
		case b.Status == contracts.StatusConfirmed:
			confirmed.Add(1)
		case b.Reason == booking.ReasonSoldOut:
			rejected.Add(1)
		}
	})
	require.EqualValues(s.t, 500, confirmed.Load())
	require.EqualValues(s.t, 500, rejected.Load())
	require.Zero(s.t, s.inventory("jazz").SeatsLeft())
}

func answersRepetitionsOnce(s *shop) {
	s.offer(event("jazz", 10))
	answers := make([]booking.Booking, 50)
	var placed atomic.Int64
	each(len(answers), func(i int) {
		o := order("anna", "k", "jazz", 2)
		o.BookingID = numbered("b", i) // every attempt brings its own
		b, first, err := s.Place(s.t.Context(), o)
		assert.NoError(s.t, err)
		if first {
			placed.Add(1)
		}
		answers[i] = b
	})
	require.EqualValues(s.t, 1, placed.Load())
	for _, b := range answers {
		require.Equal(s.t, answers[0], b)
	}
	require.Len(s.t, s.bookings("anna"), 1)
	require.Equal(s.t, 2, s.inventory("jazz").SeatsTaken)
}

func answersAfterReopening(s *shop) {
	s.offer(event("jazz", 3))
	first := []booking.Booking{
		s.place(order("anna", "k1", "jazz", 2)),
		s.place(order("anna", "k2", "jazz", 2)), // not enough seats
		s.place(order("anna", "k3", "jazz", 1)),
	}
	first[2], _, _ = s.Cancel(s.t.Context(), cancellation(first[2]))
	repeat := func() {
		for _, b := range first { // there would be a seat again: a rejection stays one
			o := order("anna", b.ID[:2], "jazz", b.Seats)
			o.BookingID, o.At = "another", o.At.Add(48*time.Hour)
			got, placed, err := s.Place(s.t.Context(), o)
			require.NoError(s.t, err)
			require.False(s.t, placed)
			require.Equal(s.t, b, got)
		}
	}
	repeat()
	s.reopen()
	repeat()
	require.NoError(s.t, s.ForgetAll(s.t.Context()))
	repeat() // the answer does not depend on the copy of the event
	s.offer(event("jazz", 3))
	require.Equal(s.t, 2, s.inventory("jazz").SeatsTaken)
}

func refusesReusedKeys(s *shop) {
	s.offer(event("jazz", 10))
	s.offer(event("rock", 10))
	s.place(order("anna", "k", "jazz", 2))
	for _, o := range []booking.Order{order("anna", "k", "jazz", 3), order("anna", "k", "rock", 2), order("anna", "k", "none", 2)} {
		_, placed, err := s.Place(s.t.Context(), o)
		require.Equal(s.t, "idempotency-key-reused", fault.CodeOf(err))
		require.False(s.t, placed)
	}
	require.Len(s.t, s.bookings("anna"), 1)
}

func recordsNothingForUnknownEvents(s *shop) {
	_, placed, err := s.Place(s.t.Context(), order("anna", "k", "jazz", 1))
	require.Equal(s.t, "event-not-found", fault.CodeOf(err))
	require.False(s.t, placed)
	require.Empty(s.t, s.messages())
	s.offer(event("jazz", 10))
	require.Equal(s.t, contracts.StatusConfirmed, s.place(order("anna", "k", "jazz", 1)).Status, "the key is still unused")
}

func givesUp(s *shop) {
	s.offer(event("jazz", 10))
	ctx, cancel := context.WithCancel(s.t.Context())
	cancel()
	if _, _, err := s.Place(ctx, order("anna", "k", "jazz", 1)); err != nil {
		require.ErrorIs(s.t, err, context.Canceled)
	}
	b, _, err := s.Place(s.t.Context(), order("anna", "k", "jazz", 1))
	require.NoError(s.t, err)
	require.Equal(s.t, contracts.StatusConfirmed, b.Status)
	require.Equal(s.t, 1, s.inventory("jazz").SeatsTaken)
}
