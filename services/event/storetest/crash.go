package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/event"
)

// state is what a commit and its messages leave behind.
type state struct {
	location int64
	first    int64
	second   int64
	seats    int
	messages string
}

// survivesCrash fails every write of a commit in turn, and opens the store again as after a crash: the commit is there
// as a whole or not at all.
func survivesCrash(t *testing.T, open Open) {
	absent := state{location: 1, first: 1, messages: "[]"}
	whole := state{location: 2, first: 2, second: 1, messages: "[location/l1.2 event/e1.2 event/e2.1]"}
	for writes := int64(0); ; writes++ {
		require.Less(t, writes, int64(100), "a commit has an end")
		got, err := crashAfter(t, open, writes, func(s Store) error {
			loc, first := readLocation(t, s, "l1"), readEvent(t, s, "e1")
			loc.Version, first.Version = 2, 2
			return s.Commit(t.Context(), event.Change{
				Location: &loc, Events: []event.Event{first, eventAt(loc, "e2", noon)},
				Messages: []event.Message{
					message(contracts.TopicLocation, "l1", 2), message(contracts.TopicEvent, "e1", 2), message(contracts.TopicEvent, "e2", 1),
				},
			})
		})
		if err == nil {
			require.Greater(t, writes, int64(2), "there were writes to fail")
			require.Equal(t, whole, got)
			break
		}
		require.Contains(t, []state{absent, whole}, got, "crash after %d writes", writes)
	}
	got, err := crashAfter(t, open, 0, func(s Store) error {
		_, err := s.SaveSeats(t.Context(), []event.Seats{{EventID: "e1", Version: 1, Taken: 5}})
		return err
	})
	require.Error(t, err)
	require.Equal(t, absent, got, "seats that could not be saved")
}

var errCrash = errors.New("crash")

// crashAfter lets a commit make so many writes, and returns the state found after the store was opened again.
func crashAfter(t *testing.T, open Open, writes int64, commit func(Store) error) (state, error) {
	dir := t.TempDir()
	var left atomic.Int64
	left.Store(1 << 40)
	s := open(t, dir, func() error {
		if left.Add(-1) < 0 {
			return errCrash
		}
		return nil
	})
	loc := addLocation(t, s, "l1")
	mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{eventAt(loc, "e1", noon)}})
	left.Store(writes)
	err := commit(s)
	_ = s.Close() // may fail: the disk is broken

	s = open(t, dir, nil)
	defer func() { require.NoError(t, s.Close()) }()
	got := state{
		location: readLocation(t, s, "l1").Version, first: readEvent(t, s, "e1").Version,
		seats: readEvent(t, s, "e1").SeatsTaken, messages: fmt.Sprint(messageIDs(t, s)),
	}
	if second, err := s.Event(t.Context(), "e2"); err == nil {
		got.second = second.Version
	}
	return got, err
}
