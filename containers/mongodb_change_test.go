package containers_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	events "github.com/myevents/myevents/services/event"
	event "github.com/myevents/myevents/services/event/mongodb"
)

func openEvents(t *testing.T, url string, hook func(string) error) *event.Store {
	t.Helper()
	s, err := event.Open(context.Background(), event.Options{URL: url, WriteHook: hook})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// openDying opens instances that die once they have made 0, 1, ... n-1 writes.
func openDying(t *testing.T, url string, n int) []*event.Store {
	t.Helper()
	var opened atomic.Bool
	dying := make([]*event.Store, n)
	for survived := range dying {
		var writes atomic.Int64
		dying[survived] = openEvents(t, url, func(string) error {
			if opened.Load() && writes.Add(1) > int64(survived) {
				return errDead
			}
			return nil
		})
	}
	opened.Store(true)
	return dying
}

// TestInstancesOnMongoDBChangeTogether renames a location, with its events, while other instances add events to it, and some
// of them die between two writes. Each event must end with the name that the location has.
func TestInstancesOnMongoDBChangeTogether(t *testing.T) {
	t.Parallel()
	url := mongoDBAt(t, t.TempDir())
	renaming, adding := openEvents(t, url, nil), openEvents(t, url, nil)
	first := events.Location{ID: "l1", Version: 1, Name: "name 1", Country: "DE", CreatedAt: time.Now()}
	require.NoError(t, renaming.Commit(t.Context(), events.Change{Location: &first, Messages: told(t, contracts.TopicLocation, "l1", 1, 1)}))

	dying := openDying(t, url, 9)

	var all sync.WaitGroup
	all.Go(func() {
		for range 5 {
			untilDone(t, func() error { return rename(t, renaming) })
		}
	})
	for adder := range 3 {
		all.Go(func() {
			for n := range 5 {
				untilDone(t, func() error { return add(t, adding, fmt.Sprint("e", adder, ".", n)) })
			}
		})
	}
	all.Go(func() {
		for survived := range dying {
			_ = add(t, dying[survived], fmt.Sprintf("d%02d", survived)) // there or not
		}
	})
	all.Wait()

	requireOneName(t, adding)
	versions := requireToldAsItHappened(t, renaming)
	found, err := adding.Events(t.Context(), events.Filter{}, events.Position{}, 100)
	require.NoError(t, err)
	for _, e := range found {
		require.Equal(t, e.Version, versions[e.ID], "every version of %s is told", e.ID)
	}
}

// requireToldAsItHappened requires every version once and in order, and that no event was checked against a location that
// had changed already. It returns the last version of each subject.
func requireToldAsItHappened(t *testing.T, s *event.Store) map[string]int64 {
	t.Helper()
	entries, err := s.Outbox().Read(t.Context(), 0, 1000)
	require.NoError(t, err)
	versions := map[string]int64{}
	for _, entry := range entries {
		versions[entry.Subject]++
		require.Equal(t, fmt.Sprintf("%s.%d", entry.Subject, versions[entry.Subject]), entry.ID)
		e, err := cloudevent.Decode(entry.Payload)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(versions["l1"]), string(e.Data), "location's version that %s was checked against", e.ID)
	}
	return versions
}

func requireOneName(t *testing.T, s *event.Store) {
	t.Helper()
	require.Eventually(t, func() bool { // what a dead one has committed is finished within moments
		_, err := s.Outbox().Read(t.Context(), 0, 1)
		require.NoError(t, err)
		loc, err := s.Location(t.Context(), "l1")
		require.NoError(t, err)
		found, err := s.Events(t.Context(), events.Filter{}, events.Position{}, 100)
		require.NoError(t, err)
		for _, e := range found {
			if e.LocationName != loc.Name {
				return false
			}
		}
		return loc.Name == "name 6" && len(found) >= 15
	}, time.Minute, 50*time.Millisecond)
}

func untilDone(t *testing.T, try func() error) {
	for {
		err := try()
		if errors.Is(err, events.ErrStale) {
			continue
		}
		if err != nil {
			t.Error(err)
		}
		return
	}
}

// told is the message of a version, with that of the location that it depends on.
func told(t *testing.T, topic, subject string, version, location int64) []events.Message {
	e, err := cloudevent.New(fmt.Sprintf("%s.%d", subject, version), "/event", topic+".changed", subject, time.Now(), location)
	if err != nil {
		t.Error(err)
	}
	return []events.Message{{Topic: topic, Event: e}}
}

func add(t *testing.T, s *event.Store, id string) error {
	loc, err := s.Location(t.Context(), "l1")
	if err != nil {
		return err
	}
	return s.Commit(t.Context(), events.Change{
		At: &loc, Messages: told(t, contracts.TopicEvent, id, 1, loc.Version),
		Events: []events.Event{{
			ID: id, Version: 1, LocationID: "l1", LocationName: loc.Name, Status: contracts.EventScheduled, StartsAt: time.Now().Add(time.Hour),
		}},
	})
}

func rename(t *testing.T, s *event.Store) error {
	loc, err := s.Location(t.Context(), "l1")
	if err != nil {
		return err
	}
	upcoming, err := s.Upcoming(t.Context(), "l1", time.Now())
	if err != nil {
		return err
	}
	loc.Version++
	loc.Name = fmt.Sprint("name ", loc.Version)
	c := events.Change{Location: &loc, Messages: told(t, contracts.TopicLocation, "l1", loc.Version, loc.Version)}
	for _, e := range upcoming {
		e.Version++
		e.LocationName = loc.Name
		c.Events, c.Messages = append(c.Events, e), append(c.Messages, told(t, contracts.TopicEvent, e.ID, e.Version, loc.Version)...)
	}
	return s.Commit(t.Context(), c)
}
