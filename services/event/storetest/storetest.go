// Package storetest is the suite that every implementation of event.Store passes.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/services/event"
)

// Store is what the suite needs to know of a store.
type Store interface {
	event.Store
	Outbox() outbox.Log
	Close() error
}

// Open opens the store that is kept in dir, anew where it was there before. It calls beforeWrite, if set, before every
// single write, and treats its error as one of the disk.
type Open func(t *testing.T, dir string, beforeWrite func() error) Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	fresh := func(t *testing.T) Store {
		s := open(t, t.TempDir(), nil)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	}
	for name, test := range map[string]func(*testing.T, Store){
		"finds nothing where nothing is":                         findsNothing,
		"keeps what was committed":                               keepsWhatWasCommitted,
		"lists locations page by page":                           listsLocations,
		"returns the scheduled events to come of a location":     returnsUpcoming,
		"refuses what is stale and keeps nothing of it":          refusesStale,
		"lets events of one location come in together":           letsEventsComeTogether,
		"notices an event that came before a change of location": noticesEventBetween,
		"loses no change under concurrency":                      losesNoChange,
		"keeps the messages of a commit in order":                keepsMessages,
		"pages through exactly what a filter selects":            pagesThroughFilter,
		"finds names in upper and lower case":                    findsNames,
		"finds the events with some ids":                         findsIDs,
		"keeps the seats of the highest version":                 keepsNewestSeats,
		"names the events whose seats it cannot keep":            namesUnknownEvents,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh(t))
		})
	}
	t.Run("survives a crash before any write", func(t *testing.T) {
		t.Parallel()
		survivesCrash(t, open)
	})
}

var noon = time.Date(2030, 6, 1, 12, 0, 0, 123_000, time.UTC)

func location(id string) event.Location {
	return event.Location{
		ID: id, Version: 1, OrganizerID: "organizer", Name: "Old Brewery", Address: "Malzgasse 3", Country: "DE",
		OpeningHours: &contracts.OpeningHours{Opens: "09:00", Closes: "23:00"},
		Halls:        []contracts.Hall{{Name: "Great Hall", Capacity: 500}, {Name: "Kettle", Capacity: 40}}, CreatedAt: noon,
	}
}

func eventAt(loc event.Location, id string, startsAt time.Time) event.Event {
	return event.Event{
		ID: id, Version: 1, OrganizerID: "organizer", Name: "Jazz night", StartsAt: startsAt, EndsAt: startsAt.Add(2 * time.Hour),
		LocationID: loc.ID, LocationName: loc.Name, Country: loc.Country, Hall: "Great Hall", Capacity: 100,
		Price: contracts.Money{Amount: 4500, Currency: "EUR"}, Status: contracts.EventScheduled, CreatedAt: noon,
	}
}

func message(topic, subject string, version int64) event.Message {
	id := fmt.Sprintf("%s.%d", subject, version)
	e, err := cloudevent.New(id, "/event", topic+".changed", subject, noon, map[string]int64{"version": version})
	if err != nil {
		panic(err) // a map of numbers always encodes
	}
	return event.Message{Topic: topic, Event: e}
}

// mustCommit commits what must not fail.
func mustCommit(t require.TestingT, s Store, c event.Change) {
	require.NoError(t, s.Commit(context.Background(), c))
}

// addLocation commits a new location and returns it as the store has it.
func addLocation(t require.TestingT, s Store, id string) event.Location {
	loc := location(id)
	mustCommit(t, s, event.Change{Location: &loc})
	return readLocation(t, s, id)
}

func readLocation(t require.TestingT, s Store, id string) event.Location {
	loc, err := s.Location(context.Background(), id)
	require.NoError(t, err)
	return loc
}

func readEvent(t require.TestingT, s Store, id string) event.Event {
	e, err := s.Event(context.Background(), id)
	require.NoError(t, err)
	return e
}

// messageIDs returns what identifies the messages of the outbox, in order.
func messageIDs(t require.TestingT, s Store) []string {
	entries, err := s.Outbox().Read(context.Background(), 0, 10_000)
	require.NoError(t, err)
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.Topic + "/" + e.ID
	}
	return ids
}

func requireMissing(t require.TestingT, err error) {
	require.Equal(t, fault.NotFound, fault.KindOf(err), "%v", err)
}
