package storetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/booking"
)

// model says what a store should answer, in the simplest terms.
type model struct {
	events   map[string]contracts.Event
	bookings map[string]booking.Order // confirmed, by id
	answers  map[string]string        // reason (empty: confirmed) by user and key
	orders   map[string]booking.Order // the first order by user and key
}

func (m *model) taken(eventID string) (seats int) {
	for _, o := range m.bookings {
		if o.EventID == eventID {
			seats += o.Seats
		}
	}
	return seats
}

// place returns the reason of the rejection, "" for a confirmation, or the code of the failure.
func (m *model) place(o booking.Order) string {
	name := o.UserID + o.Key
	if first, used := m.orders[name]; used {
		if first.EventID != o.EventID || first.Seats != o.Seats {
			return "idempotency-key-reused"
		}
		return m.answers[name]
	}
	e, known := m.events[o.EventID]
	left := e.Capacity - m.taken(o.EventID)
	reason := ""
	switch {
	case !known:
		return "event-not-found"
	case e.Status == contracts.EventIsCancelled:
		reason = "event-cancelled"
	case left <= 0:
		reason = "sold-out"
	case left < o.Seats:
		reason = "not-enough-seats"
	default:
		m.bookings[o.BookingID] = o
	}
	m.orders[name], m.answers[name] = o, reason
	return reason
}

// behavesLikeTheModel compares random requests with the model's answers, and what is left of them with the model.
func behavesLikeTheModel(s *shop) {
	runs := 0
	rapid.Check(s.t.(*testing.T), func(t *rapid.T) {
		runs++
		m := &model{
			events: map[string]contracts.Event{}, bookings: map[string]booking.Order{},
			answers: map[string]string{}, orders: map[string]booking.Order{},
		}
		run := numbered("run", runs) // all runs share a store; the names of each begin with its own prefix
		requests := requests(s, m, run)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			requests[rapid.SampledFrom(slices.Sorted(maps.Keys(requests))).Draw(t, "request")](t)
		}
		if rapid.IntRange(0, 9).Draw(t, "reopen in") == 0 {
			s.reopen()
		}
		compare(t, s, m, run)
	})
}

func compare(t *rapid.T, s *shop, m *model, run string) {
	known, err := s.Inventories(s.t.Context(), run, len(m.events)+1)
	require.NoError(t, err)
	require.Len(t, known, len(m.events))
	for _, i := range known {
		require.Equal(t, m.taken(i.Event.ID), i.SeatsTaken)
	}
	mismatches, err := s.Audit(s.t.Context())
	require.NoError(t, err)
	require.Zero(t, mismatches)
}

// requests are the things that can happen.
func requests(s *shop, m *model, run string) map[string]func(*rapid.T) {
	name := func(t *rapid.T, what string, names ...string) string { return rapid.SampledFrom(names).Draw(t, what) }
	eventID := func(t *rapid.T) string { return run + name(t, "event", "-jazz", "-rock") }
	draw := func(t *rapid.T) booking.Order {
		return order(run+name(t, "user", "-anna", "-bert"), name(t, "key", "k1", "k2", "k3", "k4"), eventID(t),
			rapid.IntRange(1, 4).Draw(t, "seats"))
	}
	return map[string]func(*rapid.T){
		"place": func(t *rapid.T) {
			o := draw(t)
			b, _, err := s.Place(s.t.Context(), o)
			got := b.Reason
			if err != nil {
				got = fault.CodeOf(err)
			}
			require.Equal(t, m.place(o), got)
		},
		"cancel": func(t *rapid.T) {
			o := draw(t)
			_, cancelled, err := s.Cancel(s.t.Context(), cancellation(booking.Booking{UserID: o.UserID, ID: o.BookingID}))
			_, confirmed := m.bookings[o.BookingID]
			delete(m.bookings, o.BookingID)
			require.Equal(t, confirmed, cancelled, "%v", err)
		},
		"apply": func(t *rapid.T) {
			e := version(event(eventID(t), rapid.IntRange(0, 8).Draw(t, "capacity")),
				rapid.Int64Range(1, 9).Draw(t, "version"), func(*contracts.Event) {})
			e.Status = name(t, "status", contracts.EventScheduled, contracts.EventScheduled, contracts.EventIsCancelled)
			applied, err := s.Apply(s.t.Context(), e)
			require.NoError(t, err)
			require.Equal(t, e.Version > m.events[e.ID].Version, applied)
			if applied {
				m.events[e.ID] = e
			}
		},
		"forget": func(t *rapid.T) {
			id := eventID(t)
			_, err := s.Forget(s.t.Context(), []string{id})
			require.NoError(t, err)
			delete(m.events, id)
		},
	}
}
