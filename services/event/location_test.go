package event_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/event"
)

func TestLocationThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	many := make([]contracts.Hall, 101)
	for i := range many {
		many[i] = contracts.Hall{Name: strings.Repeat("x", i+1), Capacity: 1}
	}
	for name, c := range map[string]struct {
		plan   func(*event.NewLocation)
		fields []string
	}{
		"no name":               {func(n *event.NewLocation) { n.Name = "" }, []string{"name"}},
		"a long address":        {func(n *event.NewLocation) { n.Address = strings.Repeat("x", 501) }, []string{"address"}},
		"a country that is not": {func(n *event.NewLocation) { n.Country = "XX" }, []string{"country"}},
		"half of two countries": {func(n *event.NewLocation) { n.Country = "D " }, []string{"country"}},
		"impossible hours": {func(n *event.NewLocation) {
			n.OpeningHours = &contracts.OpeningHours{Opens: "24:00", Closes: "9:00"}
		}, []string{"opening_hours.opens", "opening_hours.closes"}},
		"no halls":          {func(n *event.NewLocation) { n.Halls = nil }, []string{"halls"}},
		"101 halls":         {func(n *event.NewLocation) { n.Halls = many }, []string{"halls", "halls[100].name"}},
		"a hall twice":      {func(n *event.NewLocation) { n.Halls[1].Name = "Great Hall " }, []string{"halls[1].name"}},
		"a hall for nobody": {func(n *event.NewLocation) { n.Halls[1].Capacity = 0 }, []string{"halls[1].capacity"}},
		"a hall for a city": {func(n *event.NewLocation) { n.Halls[0].Capacity = 1_000_001 }, []string{"halls[0].capacity"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := brewery()
			c.plan(&plan)
			_, err := h.CreateLocation(t.Context(), anna, plan)
			requireFields(t, err, c.fields...)
		})
	}
	require.Empty(t, h.messages(t))
}

func TestRenamedLocationRenamesItsEventsToCome(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loc, elsewhere := h.location(t), h.location(t)
	past, cancelled := h.event(t, loc, 0), h.event(t, loc, 0)
	_, err := h.CancelEvent(t.Context(), anna, cancelled.ID)
	require.NoError(t, err)
	h.now = past.StartsAt
	next, other := h.event(t, loc, 7), h.event(t, elsewhere, 0)
	before := len(h.messages(t))

	changed, err := h.ChangeLocation(t.Context(), anna, loc.ID, event.LocationChange{Name: ptr("New Brewery"), Country: ptr("AT")})

	require.NoError(t, err)
	require.Equal(t, "New Brewery", changed.Name)
	require.Equal(t, "Malzgasse 3", changed.Address)
	require.EqualValues(t, 2, changed.Version)
	next.LocationName, next.Country, next.Version = "New Brewery", "AT", 2
	cancelled.Status, cancelled.Version = contracts.EventIsCancelled, 2
	for _, want := range []event.Event{next, past, cancelled, other} {
		got, err := h.Event(t.Context(), want.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, []string{"location.changed " + loc.ID + "@2", "event.changed " + next.ID + "@2"}, h.messages(t)[before:])
}

func TestChangeOfALocationThatItsEventsDoNotShowLeavesThemAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loc := h.location(t)
	e := h.event(t, loc, 0)
	halls := []contracts.Hall{{Name: "Great Hall", Capacity: 100}, {Name: "Attic", Capacity: 9}}
	hours := &contracts.OpeningHours{Opens: "18:00", Closes: "02:00"}

	changed, err := h.ChangeLocation(t.Context(), anna, loc.ID,
		event.LocationChange{Address: ptr("Hopfenweg 1"), Halls: halls, OpeningHours: hours})

	require.NoError(t, err)
	require.Equal(t, halls, changed.Halls)
	require.Equal(t, hours, changed.OpeningHours)
	got, err := h.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, e, got)
	require.Len(t, h.messages(t), 3)

	_, err = h.ChangeLocation(t.Context(), anna, loc.ID, event.LocationChange{Halls: halls, OpeningHours: hours})
	require.NoError(t, err)
	require.Len(t, h.messages(t), 3, "the same again is no change")
}

func TestChangeOfALocationIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		organizer string
		change    event.LocationChange
		code      string
	}{
		"of somebody else's":           {bert, event.LocationChange{Name: ptr("x")}, "not-your-location"},
		"that breaks a rule":           {anna, event.LocationChange{Name: ptr("")}, "invalid-request"},
		"that removes a hall in use":   {anna, event.LocationChange{Halls: []contracts.Hall{{Name: "Kettle", Capacity: 500}}}, "hall-in-use"},
		"that shrinks a hall in use":   {anna, event.LocationChange{Halls: []contracts.Hall{{Name: "Great Hall", Capacity: 99}}}, "hall-in-use"},
		"that leaves no hall standing": {anna, event.LocationChange{Halls: []contracts.Hall{}}, "invalid-request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			loc := h.location(t)
			h.event(t, loc, 0)
			_, err := h.ChangeLocation(t.Context(), c.organizer, loc.ID, c.change)
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			require.Len(t, h.messages(t), 2)
		})
	}
}

func TestHallIsFreeAfterItsEvents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loc := h.location(t)
	e := h.event(t, loc, 0)
	h.now = e.StartsAt.Add(time.Second)
	change := event.LocationChange{Halls: []contracts.Hall{{Name: "Kettle", Capacity: 1}}}
	_, err := h.ChangeLocation(t.Context(), anna, loc.ID, change)
	require.NoError(t, err)
}

func TestRenamingWithThousandsOfEventsIsOneCommit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loc := h.location(t)
	var events []event.Event
	for range 2000 {
		e := h.jazz(loc)
		events = append(events, event.Event{
			ID: h.newID(), Version: 1, OrganizerID: anna, Name: e.Name, StartsAt: e.StartsAt, EndsAt: e.EndsAt, LocationID: loc.ID,
			Hall: e.Hall, Capacity: 100, Price: e.Price, Status: contracts.EventScheduled, CreatedAt: h.now,
		})
	}
	require.NoError(t, h.store.Commit(t.Context(), event.Change{Events: events}))

	_, err := h.ChangeLocation(t.Context(), anna, loc.ID, event.LocationChange{Name: ptr("New Brewery")})

	require.NoError(t, err)
	require.Len(t, h.messages(t), 2+2000)
}
