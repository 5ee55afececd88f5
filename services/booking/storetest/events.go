package storetest

import (
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/booking"
)

// version returns a later state of the event.
func version(e contracts.Event, version int64, change func(*contracts.Event)) contracts.Event {
	e.Version = version
	change(&e)
	return e
}

func takesTheNewestVersion(s *shop) {
	first := event("jazz", 10)
	third := version(first, 3, func(e *contracts.Event) { e.Capacity = 4 })
	second := version(first, 2, func(e *contracts.Event) { e.Capacity = 20 })
	s.offer(third)
	for _, old := range []contracts.Event{first, second, third} {
		applied, err := s.Apply(s.t.Context(), old)
		require.NoError(s.t, err)
		require.False(s.t, applied)
		require.Equal(s.t, booking.CopyOf(third), s.inventory("jazz").Event)
	}
	require.Empty(s.t, s.place(order("anna", "k1", "jazz", 4)).Reason)
	require.Equal(s.t, booking.ReasonSoldOut, s.place(order("anna", "k2", "jazz", 1)).Reason)

	s.offer(version(first, 4, func(e *contracts.Event) { e.Capacity = 6 }))
	require.Empty(s.t, s.place(order("anna", "k3", "jazz", 1)).Reason, "capacity raised")
	s.offer(version(first, 5, func(e *contracts.Event) { e.Capacity = 3 }))
	require.Zero(s.t, s.inventory("jazz").SeatsLeft(), "lowered below what is taken")
	require.Equal(s.t, booking.ReasonSoldOut, s.place(order("anna", "k4", "jazz", 1)).Reason)
	s.offer(version(first, 6, func(e *contracts.Event) { e.Status = contracts.EventIsCancelled }))
	require.Equal(s.t, booking.ReasonEventCancelled, s.place(order("anna", "k5", "jazz", 1)).Reason)

	s.reopen()
	require.EqualValues(s.t, 6, s.inventory("jazz").Event.Version)
	require.Equal(s.t, 5, s.inventory("jazz").SeatsTaken)
}

func keepsSeatsWithoutCopy(s *shop) {
	s.offer(event("jazz", 5))
	b := s.place(order("anna", "k1", "jazz", 2))
	s.place(order("anna", "k2", "jazz", 2))
	require.NoError(s.t, s.ForgetAll(s.t.Context()))
	require.Empty(s.t, s.inventories())
	mismatches, err := s.Audit(s.t.Context())
	require.NoError(s.t, err)
	require.Zero(s.t, mismatches, "seats are taken, whether or not one knows of what")

	_, cancelled, err := s.Cancel(s.t.Context(), cancellation(b))
	require.NoError(s.t, err)
	require.True(s.t, cancelled, "seats can be given back without a copy")

	s.reopen()
	applied, err := s.Restore(s.t.Context(), []contracts.Event{event("jazz", 5)})
	require.NoError(s.t, err)
	require.Equal(s.t, 1, applied)
	require.Equal(s.t, 2, s.inventory("jazz").SeatsTaken)
	require.Equal(s.t, booking.ReasonNotEnoughSeats, s.place(order("bert", "k1", "jazz", 4)).Reason)
	require.Empty(s.t, s.place(order("bert", "k2", "jazz", 3)).Reason)
}

func restoresAndForgets(s *shop) {
	s.offer(version(event("jazz", 10), 2, func(e *contracts.Event) { e.Name = "a damaged copy" }))
	s.offer(version(event("rock", 10), 3, func(e *contracts.Event) { e.Name = "a newer copy" }))
	applied, err := s.Restore(s.t.Context(), []contracts.Event{
		version(event("jazz", 10), 2, func(*contracts.Event) {}),
		version(event("rock", 10), 2, func(*contracts.Event) {}),
		event("folk", 10),
	})
	require.NoError(s.t, err)
	require.Equal(s.t, 2, applied)
	require.Equal(s.t, "Night of jazz", s.inventory("jazz").Event.Name)
	require.Equal(s.t, "a newer copy", s.inventory("rock").Event.Name)

	removed, err := s.Forget(s.t.Context(), []string{"folk", "rock", "none"})
	require.NoError(s.t, err)
	require.Equal(s.t, 2, removed)
	require.Len(s.t, s.inventories(), 1)
	s.reopen()
	require.Len(s.t, s.inventories(), 1)
}
