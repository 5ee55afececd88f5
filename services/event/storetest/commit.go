package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/event"
)

func findsNothing(t *testing.T, s Store) {
	ctx := t.Context()
	_, err := s.Location(ctx, "none")
	requireMissing(t, err)
	_, err = s.Event(ctx, "none")
	requireMissing(t, err)
	events, err := s.Events(ctx, event.Filter{}, event.Position{}, 10)
	require.NoError(t, err)
	require.Empty(t, events)
}

func keepsWhatWasCommitted(t *testing.T, s Store) {
	loc := addLocation(t, s, "l1")
	want := location("l1")
	want.Revision = loc.Revision // the store's own business
	require.Equal(t, want, loc)

	e := eventAt(loc, "e1", noon)
	mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{e}})
	require.Equal(t, e, readEvent(t, s, "e1"))

	e.Version, e.Name, e.Hall, e.Capacity, e.Status = 2, "Blues night", "Kettle", 30, contracts.EventIsCancelled
	e.StartsAt, e.EndsAt, e.Price = noon.Add(time.Hour), noon.Add(3*time.Hour), contracts.Money{Amount: 0, Currency: "CHF"}
	mustCommit(t, s, event.Change{Events: []event.Event{e}})
	require.Equal(t, e, readEvent(t, s, "e1"))

	loc = readLocation(t, s, "l1")
	loc.Version, loc.Name, loc.Address, loc.Country, loc.OpeningHours = 2, "New Brewery", "Hopfenweg 1", "AT", nil
	loc.Halls = []contracts.Hall{{Name: "Kettle", Capacity: 60}}
	mustCommit(t, s, event.Change{Location: &loc})
	changed := readLocation(t, s, "l1")
	loc.Revision = changed.Revision
	require.Equal(t, loc, changed)
}

func listsLocations(t *testing.T, s Store) {
	for i := range 7 {
		addLocation(t, s, fmt.Sprintf("l%d", (i*3)%7)) // in another order than that of the ids
	}
	var seen []string
	for after := ""; ; {
		page, err := s.Locations(t.Context(), after, 3)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		require.LessOrEqual(t, len(page), 3)
		for _, l := range page {
			seen = append(seen, l.ID)
		}
		after = seen[len(seen)-1]
	}
	require.Equal(t, []string{"l0", "l1", "l2", "l3", "l4", "l5", "l6"}, seen)
}

func returnsUpcoming(t *testing.T, s Store) {
	here, elsewhere := addLocation(t, s, "l1"), addLocation(t, s, "l2")
	cancelled := eventAt(here, "cancelled", noon.Add(time.Hour))
	cancelled.Status = contracts.EventIsCancelled
	mustCommit(t, s, event.Change{At: &here, Events: []event.Event{
		eventAt(here, "past", noon), eventAt(here, "next", noon.Add(time.Microsecond)), cancelled, eventAt(here, "later", noon.Add(48*time.Hour)),
	}})
	mustCommit(t, s, event.Change{At: &elsewhere, Events: []event.Event{eventAt(elsewhere, "elsewhere", noon.Add(time.Hour))}})

	upcoming, err := s.Upcoming(t.Context(), "l1", noon)

	require.NoError(t, err)
	require.Equal(t, []string{"next", "later"}, eventIDs(upcoming))
}

func refusesStale(t *testing.T, s Store) {
	loc := addLocation(t, s, "l1")
	mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{eventAt(loc, "e1", noon), eventAt(loc, "e2", noon)}})
	loc = readLocation(t, s, "l1")
	next, skipping, again := eventAt(loc, "e1", noon), eventAt(loc, "e2", noon), eventAt(loc, "e2", noon)
	next.Version, skipping.Version = 2, 3
	newer, same := loc, loc
	newer.Version, same.Version = 2, 1
	oldVersion, oldRevision := loc, newer
	oldVersion.Version = 7
	oldRevision.Revision--
	for name, c := range map[string]event.Change{
		"an event that skips a version":       {Events: []event.Event{next, skipping}},
		"a new event that exists":             {Events: []event.Event{next, again}},
		"a new location that exists":          {Location: &same, Events: []event.Event{next}},
		"a location of another revision":      {Location: &oldRevision, Events: []event.Event{next}},
		"an event checked against another":    {At: &oldVersion, Events: []event.Event{next}},
		"a location with an event that skips": {Location: &newer, Events: []event.Event{skipping}},
	} {
		c.Messages = []event.Message{message(contracts.TopicEvent, "e1", 2)}
		require.ErrorIs(t, s.Commit(t.Context(), c), event.ErrStale, name)
	}
	require.Equal(t, loc, readLocation(t, s, "l1"))
	require.EqualValues(t, 1, readEvent(t, s, "e1").Version)
	require.EqualValues(t, 1, readEvent(t, s, "e2").Version)
	require.Empty(t, messageIDs(t, s))
}

func letsEventsComeTogether(t *testing.T, s Store) {
	loc := addLocation(t, s, "l1")
	for i := range 3 { // all of them read the location before any was committed
		mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{eventAt(loc, fmt.Sprintf("e%d", i), noon)}})
	}
}

func noticesEventBetween(t *testing.T, s Store) {
	loc := addLocation(t, s, "l1")
	renamed := loc
	renamed.Version, renamed.Name = 2, "New Brewery"
	mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{eventAt(loc, "e1", noon)}})

	require.ErrorIs(t, s.Commit(t.Context(), event.Change{Location: &renamed}), event.ErrStale)

	renamed.Revision = readLocation(t, s, "l1").Revision
	mustCommit(t, s, event.Change{Location: &renamed})
	late := event.Change{At: &loc, Events: []event.Event{eventAt(loc, "e2", noon)}}
	require.ErrorIs(t, s.Commit(t.Context(), late), event.ErrStale, "checked against the location before")
}

func losesNoChange(t *testing.T, s Store) {
	const writers, each = 8, 10
	loc := addLocation(t, s, "l1")
	mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{eventAt(loc, "e1", noon)}})
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range each {
				increment(t, s, "e1")
			}
		})
	}
	group.Wait()
	e := readEvent(t, s, "e1")
	require.EqualValues(t, 1+writers*each, e.Version)
	require.EqualValues(t, 4500+writers*each, e.Price.Amount)
	require.Len(t, messageIDs(t, s), writers*each)
}

// increment makes one change, against others who do the same.
func increment(t *testing.T, s Store, id string) {
	for {
		e, err := s.Event(t.Context(), id)
		if err == nil {
			e.Version++
			e.Price.Amount++
			change := event.Change{Events: []event.Event{e}, Messages: []event.Message{message(contracts.TopicEvent, id, e.Version)}}
			err = s.Commit(t.Context(), change)
		}
		if !errors.Is(err, event.ErrStale) {
			if err != nil {
				t.Errorf("commit: %v", err)
			}
			return
		}
	}
}

func keepsMessages(t *testing.T, s Store) {
	const many = 1200
	loc := location("l1")
	change := event.Change{Location: &loc, Messages: []event.Message{message(contracts.TopicLocation, "l1", 1)}}
	want := []string{"location/l1.1"}
	for i := range int64(many) {
		change.Messages = append(change.Messages, message(contracts.TopicEvent, "e1", i))
		want = append(want, fmt.Sprintf("event/e1.%d", i))
	}
	mustCommit(t, s, change)
	require.Equal(t, want, messageIDs(t, s))
}
