package event_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/event"
)

func describe(t testing.TB, payload []byte) string {
	e, err := cloudevent.Decode(payload)
	require.NoError(t, err)
	require.Equal(t, trace, e.Trace)
	var data struct {
		ID      string `json:"id"`
		Version int64  `json:"version"`
	}
	require.NoError(t, json.Unmarshal(e.Data, &data))
	require.Equal(t, e.Subject, data.ID)
	return fmt.Sprintf("%s %s@%d", e.Type, data.ID, data.Version)
}

func TestCreatedEventIsScheduledAndAnnounced(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loc := h.location(t)
	plan := h.jazz(loc)
	plan.Name, plan.Capacity = "  Jazz night ", nil

	e, err := h.CreateEvent(t.Context(), bert, plan)

	require.NoError(t, err)
	require.Equal(t, event.Event{
		ID: e.ID, Version: 1, OrganizerID: bert, Name: "Jazz night", StartsAt: plan.StartsAt, EndsAt: plan.EndsAt, LocationID: loc.ID,
		LocationName: "Old Brewery", Country: "DE", Hall: "Great Hall", Capacity: 500, Price: plan.Price, Status: "scheduled", CreatedAt: h.now,
	}, e, "with the hall's capacity, by whoever holds an event at the location")
	stored, err := h.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, e, stored)
	require.Equal(t, []string{"location.created " + loc.ID + "@1", "event.created " + e.ID + "@1"}, h.messages(t))
	require.EqualValues(t, 2, h.changes.Load())
}

func TestEventThatBreaksARuleIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loc := h.location(t)
	for name, c := range map[string]struct {
		plan   func(*event.NewEvent)
		fields []string
	}{
		"no name":                   {func(n *event.NewEvent) { n.Name = " \t" }, []string{"name"}},
		"a long name":               {func(n *event.NewEvent) { n.Name = strings.Repeat("ä", 201) }, []string{"name"}},
		"a start that is now":       {func(n *event.NewEvent) { n.StartsAt = h.now }, []string{"starts_at"}},
		"an end at the start":       {func(n *event.NewEvent) { n.EndsAt = n.StartsAt }, []string{"ends_at"}},
		"a second over 30 days":     {func(n *event.NewEvent) { n.EndsAt = n.StartsAt.Add(720*time.Hour + time.Second) }, []string{"ends_at"}},
		"an unknown location":       {func(n *event.NewEvent) { n.LocationID = "none" }, []string{"location_id"}},
		"an unknown hall":           {func(n *event.NewEvent) { n.Hall = "great hall" }, []string{"hall"}},
		"no seats":                  {func(n *event.NewEvent) { n.Capacity = ptr(0) }, []string{"capacity"}},
		"more seats than the hall":  {func(n *event.NewEvent) { n.Capacity = ptr(501) }, []string{"capacity"}},
		"a negative price":          {func(n *event.NewEvent) { n.Price.Amount = -1 }, []string{"price.amount"}},
		"a currency in lower case":  {func(n *event.NewEvent) { n.Price.Currency = "eur" }, []string{"price.currency"}},
		"a currency of two letters": {func(n *event.NewEvent) { n.Price.Currency = "EU" }, []string{"price.currency"}},
		"everything at once": {func(n *event.NewEvent) {
			*n = event.NewEvent{LocationID: loc.ID, EndsAt: h.now.Add(-time.Hour)}
		}, []string{"name", "starts_at", "ends_at", "hall", "price.currency"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan := h.jazz(loc)
			c.plan(&plan)
			_, err := h.CreateEvent(t.Context(), anna, plan)
			requireFields(t, err, c.fields...)
		})
	}
	require.Len(t, h.messages(t), 1, "only the location's")
}

func TestEventAtTheLimitsIsTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	plan := h.jazz(h.location(t))
	plan.Name = strings.Repeat("ä", 200)
	plan.StartsAt = h.now.Add(time.Microsecond)
	plan.EndsAt = plan.StartsAt.Add(720 * time.Hour)
	plan.Capacity, plan.Price.Amount = ptr(500), 0
	_, err := h.CreateEvent(t.Context(), anna, plan)
	require.NoError(t, err)
}

func TestChangeChangesWhatIsGiven(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	here, there := h.location(t), h.location(t)
	e := h.event(t, here, 40)
	for _, c := range []struct {
		name   string
		change event.EventChange
		apply  func(*event.Event)
	}{
		{"nothing", event.EventChange{}, func(e *event.Event) { e.Version-- }},
		{"what it was", event.EventChange{Hall: ptr("Great Hall")}, func(e *event.Event) { e.Version-- }},
		{"name", event.EventChange{Name: ptr("Blues ")}, func(e *event.Event) { e.Name = "Blues" }},
		{"times", event.EventChange{StartsAt: ptr(h.now.Add(time.Hour)), EndsAt: ptr(h.now.Add(2 * time.Hour))},
			func(e *event.Event) { e.StartsAt, e.EndsAt = h.now.Add(time.Hour), h.now.Add(2*time.Hour) }},
		{"capacity to the seats taken", event.EventChange{Capacity: ptr(40)}, func(e *event.Event) { e.Capacity = 40 }},
		{"hall", event.EventChange{Hall: ptr("Kettle"), Capacity: ptr(40)}, func(e *event.Event) { e.Hall, e.Capacity = "Kettle", 40 }},
		{"price", event.EventChange{Price: &contracts.Money{Currency: "CHF"}},
			func(e *event.Event) { e.Price = contracts.Money{Currency: "CHF"} }},
		{"location", event.EventChange{LocationID: &there.ID}, func(e *event.Event) { e.LocationID = there.ID }},
	} {
		before, err := h.Event(t.Context(), e.ID)
		require.NoError(t, err)
		want := before
		want.Version++
		c.apply(&want)

		changed, err := h.ChangeEvent(t.Context(), anna, e.ID, c.change)

		require.NoError(t, err, c.name)
		require.Equal(t, want, changed, c.name)
		stored, err := h.Event(t.Context(), e.ID)
		require.NoError(t, err)
		require.Equal(t, want, stored, c.name)
	}
	require.Equal(t, fmt.Sprintf("event.changed %s@7", e.ID), h.messages(t)[8], "one message a change")
}

func TestChangeIsRefused(t *testing.T) {
	t.Parallel()
	renamed := event.EventChange{Name: ptr("x")}
	for name, c := range map[string]struct {
		organizer string
		after     time.Duration
		cancelled bool
		change    event.EventChange
		code      string
	}{
		"of somebody else's event":            {organizer: bert, change: renamed, code: "not-your-event"},
		"of a cancelled event":                {organizer: anna, cancelled: true, change: renamed, code: "event-cancelled"},
		"of an event that begins this moment": {organizer: anna, after: 24 * time.Hour, change: renamed, code: "event-past"},
		"to fewer seats than are taken":       {organizer: anna, change: event.EventChange{Capacity: ptr(39)}, code: "capacity-below-booked"},
		"to more seats than the hall has":     {organizer: anna, change: event.EventChange{Hall: ptr("Kettle")}, code: "invalid-request"},
		"to a start in the past": {
			organizer: anna, change: event.EventChange{StartsAt: ptr(time.Unix(0, 0))}, code: "invalid-request",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			e := h.event(t, h.location(t), 40)
			if c.cancelled {
				_, err := h.CancelEvent(t.Context(), anna, e.ID)
				require.NoError(t, err)
			}
			h.now = h.now.Add(c.after)
			before := h.messages(t)

			_, err := h.ChangeEvent(t.Context(), c.organizer, e.ID, c.change)

			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			require.Equal(t, before, h.messages(t))
		})
	}
	_, err := newHouse(t).ChangeEvent(t.Context(), anna, "none", event.EventChange{})
	require.Equal(t, "event-not-found", fault.CodeOf(err))
}

func TestCancelledEventStaysCancelled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	_, err := h.CancelEvent(t.Context(), bert, e.ID)
	require.Equal(t, fault.Forbidden, fault.KindOf(err))

	cancelled, err := h.CancelEvent(t.Context(), anna, e.ID)
	require.NoError(t, err)
	require.Equal(t, contracts.EventIsCancelled, cancelled.Status)
	h.now = h.now.Add(48 * time.Hour)
	again, err := h.CancelEvent(t.Context(), anna, e.ID)
	require.NoError(t, err)

	require.Equal(t, cancelled, again)
	require.Equal(t, fmt.Sprintf("event.cancelled %s@2", e.ID), h.messages(t)[2])
	require.Len(t, h.messages(t), 3)
	_, err = h.CancelEvent(t.Context(), bert, e.ID)
	require.Equal(t, "not-your-event", fault.CodeOf(err), "cancelled or not")
}

func TestPastEventCannotBeCancelled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	h.now = e.StartsAt
	_, err := h.CancelEvent(t.Context(), anna, e.ID)
	require.Equal(t, "event-past", fault.CodeOf(err))
}

func TestConcurrentChangesAllHappen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	changes := []event.EventChange{
		{Name: ptr("Blues")}, {Capacity: ptr(77)}, {Price: &contracts.Money{Amount: 1, Currency: "EUR"}},
		{EndsAt: ptr(h.now.Add(30 * time.Hour))},
	}
	var group sync.WaitGroup
	for _, c := range changes {
		group.Go(func() {
			if _, err := h.ChangeEvent(t.Context(), anna, e.ID, c); err != nil {
				t.Errorf("change: %v", err)
			}
		})
	}
	group.Wait()
	got, err := h.Event(t.Context(), e.ID)
	require.NoError(t, err)
	want := e
	want.Version, want.Name, want.Capacity, want.Price.Amount, want.EndsAt = 5, "Blues", 77, 1, h.now.Add(30*time.Hour)
	require.Equal(t, want, got)
}

func TestImportCreatesWhatIsMissingOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loc := event.KnownLocation{ID: "demo-1", OrganizerID: anna, NewLocation: brewery()}
	e := event.KnownEvent{ID: "demo-2", OrganizerID: anna, NewEvent: h.jazz(event.Location{ID: "demo-1"})}
	for range 2 {
		require.NoError(t, h.Import(t.Context(), []event.KnownLocation{loc}, []event.KnownEvent{e}))
		require.Equal(t, []string{"location.created demo-1@1", "event.created demo-2@1"}, h.messages(t))
		h.now = h.now.Add(48 * time.Hour) // the event is past: no reason to fail
	}
	e.ID = "demo-3"
	err := h.Import(t.Context(), nil, []event.KnownEvent{e})
	requireFields(t, err, "starts_at")
}
