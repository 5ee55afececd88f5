package containers_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/services/event"
	dynamoevent "github.com/myevents/myevents/services/event/dynamodb"
)

const eventsHeld = 120 // at the location: more than one transaction takes

// house is a location with many events, which gets another name.
type house struct {
	t     *testing.T
	url   string
	store *dynamoevent.Store
	left  atomic.Int64 // writes that pass
}

var errGone = errors.New("the machine is gone")

// newHouse opens a house with all its events.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, url: dynamoDBAt(t, t.TempDir())}
	h.left.Store(1 << 40)
	h.open(func(string) error {
		if h.left.Add(-1) < 0 {
			return errGone
		}
		return nil
	})
	location := event.Location{ID: "house", Version: 1, Name: "Old", Country: "DE", Halls: []contracts.Hall{{Name: "Hall", Capacity: 9}}}
	require.NoError(t, h.store.Commit(t.Context(), event.Change{Location: &location}))
	for first := 0; first < eventsHeld; first += 30 {
		var events []event.Event
		for i := range 30 {
			events = append(events, held(first+i))
		}
		require.NoError(t, h.store.Commit(t.Context(), event.Change{At: &location, Events: events}))
	}
	return h
}

func (h *house) open(hook func(string) error) {
	h.t.Helper()
	store, err := dynamoevent.Open(h.t.Context(), dynamoevent.Options{URL: h.url, WriteHook: hook})
	require.NoError(h.t, err)
	h.t.Cleanup(func() { require.NoError(h.t, store.Close()) })
	h.store = store
}

func held(i int) event.Event {
	starts := time.Date(2031, 5, 17, 12, i, 0, 0, time.UTC)
	return event.Event{
		ID: fmt.Sprintf("e%03d", i), Version: 1, Name: "Jazz", StartsAt: starts, EndsAt: starts.Add(time.Hour), LocationID: "house",
		LocationName: "Old", Hall: "Hall", Capacity: 9, Price: contracts.Money{Currency: "EUR"}, Status: contracts.EventScheduled,
		CreatedAt: starts,
	}
}

// rename gives the house and all its events the new name.
func (h *house) rename() error {
	location, err := h.store.Location(h.t.Context(), "house")
	require.NoError(h.t, err)
	location.Version, location.Name = 2, "New"
	change := event.Change{Location: &location, Messages: []event.Message{h.message(contracts.TopicLocation, "house")}}
	upcoming, err := h.store.Upcoming(h.t.Context(), "house", time.Time{})
	require.NoError(h.t, err)
	require.Len(h.t, upcoming, eventsHeld)
	for _, e := range upcoming {
		e.Version, e.LocationName = 2, "New"
		change.Events = append(change.Events, e)
		change.Messages = append(change.Messages, h.message(contracts.TopicEvent, e.ID))
	}
	return h.store.Commit(h.t.Context(), change)
}

func (h *house) message(topic, id string) event.Message {
	e, err := cloudevent.New(id+".2", "/event", topic+".changed", id, time.Now().UTC(), map[string]int{"version": 2})
	require.NoError(h.t, err)
	return event.Message{Topic: topic, Event: e}
}

// requireWholeOrAbsent requires that the location, all events and all messages say the same, and returns what.
func (h *house) requireWholeOrAbsent() (whole bool) {
	h.t.Helper()
	// The events first: who looks at the location finishes what is left of a change.
	events, err := h.store.Events(h.t.Context(), event.Filter{LocationID: "house"}, event.Position{}, 1000)
	require.NoError(h.t, err)
	require.Len(h.t, events, eventsHeld)
	location, err := h.store.Location(h.t.Context(), "house")
	require.NoError(h.t, err)
	for _, e := range events {
		require.Equal(h.t, location.Name, e.LocationName)
		require.Equal(h.t, location.Version, e.Version)
	}
	entries, err := h.store.Outbox().Read(h.t.Context(), 0, 1000)
	require.NoError(h.t, err)
	if location.Version == 1 {
		require.Empty(h.t, entries)
		return false
	}
	require.Len(h.t, entries, eventsHeld+1)
	require.Equal(h.t, "house.2", entries[0].ID)
	for i, e := range entries[1:] {
		require.Equal(h.t, held(i).ID+".2", e.ID)
	}
	return true
}

func TestLargeChangeOnDynamoDBIsMadeAsAWhole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.store.SaveSeats(t.Context(), []event.Seats{{EventID: "e007", Version: 3, Taken: 5}})
	require.NoError(t, err)
	require.NoError(t, h.rename())
	require.True(t, h.requireWholeOrAbsent())
	e, err := h.store.Event(t.Context(), "e007")
	require.NoError(t, err)
	require.Equal(t, 5, e.SeatsTaken, "the seats are left alone")
	require.ErrorIs(t, h.rename(), event.ErrStale, "once")
}

func TestLargeChangeOnDynamoDBSurvivesACrash(t *testing.T) {
	t.Parallel()
	// Written down with the first three writes, decided by the fourth, and done with the 128th.
	for _, writes := range []int64{0, 1, 3, 4, 50, 96, 100, 128, 129} {
		h := newHouse(t)
		h.left.Store(writes)
		require.ErrorIs(t, h.rename(), errGone)
		h.open(nil)
		whole := h.requireWholeOrAbsent()
		require.Equal(t, writes > 3, whole, "after %d writes", writes)
		if !whole { // and can be made again
			require.NoError(t, h.rename())
			require.True(t, h.requireWholeOrAbsent())
		}
	}
}

func TestLargeChangeOnDynamoDBIsFinishedByWhoeverComes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other, err := dynamoevent.Open(t.Context(), dynamoevent.Options{URL: h.url})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	h.left.Store(96) // the change is decided, and a part of it done
	require.ErrorIs(t, h.rename(), errGone)

	e, err := other.Event(t.Context(), "e119")
	require.NoError(t, err)
	require.EqualValues(t, 1, e.Version, "it was not reached")
	e.Version, e.Status = 2, contracts.EventIsCancelled
	err = other.Commit(context.Background(), event.Change{Events: []event.Event{e}})
	require.ErrorIs(t, err, event.ErrStale, "the change came before")
	h.store = other
	require.True(t, h.requireWholeOrAbsent())
}
