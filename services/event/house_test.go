package event_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/event/sqlite"
)

const (
	anna  = "organizer-anna"
	bert  = "organizer-bert"
	trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
)

// house is the use cases over a real store, in a time of the test's own.
type house struct {
	*event.Service
	store   *sqlite.Store
	now     time.Time
	newID   func() string
	changes atomic.Int64 // how often a commit of an event or location was announced
	moves   atomic.Int64 // and one of seats
}

func newHouse(t testing.TB) *house {
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "event.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	h := &house{store: store, now: time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)}
	var ids atomic.Int64
	h.newID = func() string { return fmt.Sprintf("id-%06d", ids.Add(1)) }
	h.Service = event.New(event.Options{
		Store: store, Clock: func() time.Time { return h.now }, NewID: h.newID,
		Trace: func(context.Context) string { return trace }, Changed: func() { h.changes.Add(1) }, Moved: func() { h.moves.Add(1) },
	})
	return h
}

func brewery() event.NewLocation {
	return event.NewLocation{
		Name: "Old Brewery", Address: "Malzgasse 3", Country: "DE",
		Halls: []contracts.Hall{{Name: "Great Hall", Capacity: 500}, {Name: "Kettle", Capacity: 40}},
	}
}

// location returns a location of Anna's.
func (h *house) location(t testing.TB) event.Location {
	l, err := h.CreateLocation(t.Context(), anna, brewery())
	require.NoError(t, err)
	return l
}

// jazz is an event as it should be, tomorrow in the great hall.
func (h *house) jazz(loc event.Location) event.NewEvent {
	return event.NewEvent{
		Name: "Jazz night", StartsAt: h.now.Add(24 * time.Hour), EndsAt: h.now.Add(27 * time.Hour), LocationID: loc.ID, Hall: "Great Hall",
		Capacity: ptr(100), Price: contracts.Money{Amount: 4500, Currency: "EUR"},
	}
}

// event returns an event of Anna's, with some of its seats taken.
func (h *house) event(t testing.TB, loc event.Location, taken int) event.Event {
	e, err := h.CreateEvent(t.Context(), anna, h.jazz(loc))
	require.NoError(t, err)
	_, err = h.store.SaveSeats(t.Context(), []event.Seats{{EventID: e.ID, Version: 1, Taken: taken}})
	require.NoError(t, err)
	e.SeatsTaken = taken
	return e
}

// messages returns "type id@version" of everything in the outbox.
func (h *house) messages(t testing.TB) []string {
	entries, err := h.store.Outbox().Read(t.Context(), 0, 10_000)
	require.NoError(t, err)
	var all []string
	for _, e := range entries {
		all = append(all, describe(t, e.Payload))
	}
	return all
}

func ptr[T any](v T) *T { return &v }

// requireFields requires an Invalid fault about exactly these fields.
func requireFields(t *testing.T, err error, fields ...string) {
	t.Helper()
	require.Equal(t, fault.Invalid, fault.KindOf(err), "%v", err)
	var named []string
	refused, ok := errors.AsType[*fault.Error](err)
	require.True(t, ok)
	for _, f := range refused.Fields {
		named = append(named, f.Field)
	}
	require.Equal(t, fields, named)
}
