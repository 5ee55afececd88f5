package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/services/event"
)

// pagesThroughFilter compares the union of all pages with a filter of its own, while events keep coming in.
func pagesThroughFilter(t *testing.T, s Store) {
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		loc := location(fmt.Sprintf("l%d", round))
		loc.Country = rapid.SampledFrom([]string{"DE", "AT"}).Draw(t, "country")
		mustCommit(t, s, event.Change{Location: &loc})
		loc = readLocation(t, s, loc.ID)
		before := drawEvents(t, s, loc, "before")
		f := drawFilter(t, loc, before)

		var seen []event.Event
		after, limit := event.Position{}, rapid.IntRange(1, 5).Draw(t, "limit")
		for page := 0; ; page++ {
			events, err := s.Events(t.Context(), f, after, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(events), limit)
			require.Less(t, page, 100, "there is a last page")
			if len(events) == 0 {
				break
			}
			seen = append(seen, events...)
			last := events[len(events)-1]
			after = event.Position{StartsAt: last.StartsAt, ID: last.ID}
			if page == 1 {
				drawEvents(t, s, loc, "meanwhile")
			}
		}

		require.True(t, slices.IsSortedFunc(seen, byStart), "in order")
		require.Len(t, slices.Compact(eventIDs(seen)), len(seen), "no event twice")
		for _, e := range seen {
			require.True(t, selects(f, e), "%v selects %v", f, e)
		}
		for _, e := range before {
			require.Equal(t, selects(f, e), slices.Contains(eventIDs(seen), e.ID), "%v shows %v", f, e)
		}
	})
}

// drawEvents commits some events, many of which start at the same time.
func drawEvents(t *rapid.T, s Store, loc event.Location, prefix string) []event.Event {
	events := make([]event.Event, rapid.IntRange(0, 12).Draw(t, prefix+" events"))
	seats := make([]event.Seats, len(events))
	for i := range events {
		start := noon.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "start")) * time.Microsecond)
		e := eventAt(loc, fmt.Sprintf("%s.%s%d", loc.ID, prefix, i), start)
		e.Name = rapid.SampledFrom([]string{"Jazz night", "100% ROCK_pop", "Ärger", `\o/`}).Draw(t, "name")
		e.OrganizerID = rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "organizer")
		e.SeatsTaken = rapid.IntRange(0, 101).Draw(t, "seats taken")
		events[i], seats[i] = e, event.Seats{EventID: e.ID, Version: 1, Taken: e.SeatsTaken}
	}
	mustCommit(t, s, event.Change{At: &loc, Events: events})
	unknown, err := s.SaveSeats(t.Context(), seats)
	require.NoError(t, err)
	require.Empty(t, unknown)
	return events
}

func drawFilter(t *rapid.T, loc event.Location, known []event.Event) event.Filter {
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return noon.Add(time.Duration(rapid.IntRange(-1500, 4500).Draw(t, "nanoseconds")))
	})
	var ids []string
	if rapid.Bool().Draw(t, "by id") {
		ids = rapid.SliceOfNDistinct(rapid.SampledFrom(append(eventIDs(known), "none", "nil")), 1, -1, rapid.ID).Draw(t, "ids")
	}
	return event.Filter{
		IDs:          ids,
		LocationID:   rapid.SampledFrom([]string{loc.ID, loc.ID, "elsewhere"}).Draw(t, "location filter"),
		OrganizerID:  rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(t, "organizer filter"),
		From:         rapid.OneOf(rapid.Just(time.Time{}), moment).Draw(t, "from"),
		To:           rapid.OneOf(rapid.Just(time.Time{}), moment).Draw(t, "to"),
		Country:      rapid.SampledFrom([]string{"", "DE", "AT"}).Draw(t, "country filter"),
		MinSeatsLeft: rapid.SampledFrom([]int{0, 1, 50, 100}).Draw(t, "min seats left"),
		Name:         rapid.SampledFrom([]string{"", "jazz", "%", "_", `\`, "äRG", "NIGHT"}).Draw(t, "name filter"),
	}
}

// selects is what a filter means.
func selects(f event.Filter, e event.Event) bool {
	return (len(f.IDs) == 0 || slices.Contains(f.IDs, e.ID)) &&
		(f.OrganizerID == "" || e.OrganizerID == f.OrganizerID) &&
		(f.From.IsZero() || !e.StartsAt.Before(f.From)) && (f.To.IsZero() || e.StartsAt.Before(f.To)) &&
		(f.LocationID == "" || e.LocationID == f.LocationID) && (f.Country == "" || e.Country == f.Country) &&
		(f.MinSeatsLeft == 0 || e.SeatsLeft() >= f.MinSeatsLeft) && strings.Contains(strings.ToLower(e.Name), strings.ToLower(f.Name))
}

func byStart(a, b event.Event) int {
	return cmp.Or(a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.ID, b.ID))
}

func eventIDs(events []event.Event) []string {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	return ids
}

// findsIDs asks for more ids than there are, of events at several locations.
func findsIDs(t *testing.T, s Store) {
	var ids []string
	for _, at := range []string{"l1", "l2"} {
		loc := addLocation(t, s, at)
		for i := range 60 {
			e := eventAt(loc, fmt.Sprintf("%s.e%02d", at, i), noon.Add(time.Duration(i%7)*time.Hour))
			mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{e}})
			loc = readLocation(t, s, at)
			if i%2 == 0 {
				ids = append(ids, e.ID, "no"+e.ID)
			}
		}
	}
	found, err := s.Events(t.Context(), event.Filter{IDs: ids}, event.Position{}, 1000)
	require.NoError(t, err)
	require.Len(t, found, len(ids)/2)
	require.True(t, slices.IsSortedFunc(found, byStart), "in order")
	require.Subset(t, ids, eventIDs(found))

	first, err := s.Events(t.Context(), event.Filter{IDs: ids}, event.Position{}, 10)
	require.NoError(t, err)
	require.Equal(t, found[:10], first)
	rest, err := s.Events(t.Context(), event.Filter{IDs: ids}, event.Position{StartsAt: first[9].StartsAt, ID: first[9].ID}, 1000)
	require.NoError(t, err)
	require.Equal(t, found[10:], rest)
}

func findsNames(t *testing.T, s Store) {
	loc := addLocation(t, s, "l1")
	e := eventAt(loc, "e1", noon)
	e.Name = "Über 100% ROCK_n_Roll"
	mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{e}})
	for name, found := range map[string]bool{"über": true, "rock_N": true, "0% r": true, "rock n": false, "1%0": false, "uber": false} {
		events, err := s.Events(t.Context(), event.Filter{Name: name}, event.Position{}, 10)
		require.NoError(t, err)
		require.Equal(t, found, len(events) == 1, name)
	}
}
