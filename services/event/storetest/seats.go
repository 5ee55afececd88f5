package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/services/event"
)

func keepsNewestSeats(t *testing.T, s Store) {
	loc := addLocation(t, s, "l1")
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-z0-9]{24}`).Draw(t, "id")
		mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{eventAt(loc, id, noon)}})
		versions := rapid.Permutation([]int64{1, 2, 3, 4, 5, 5, 3}).Draw(t, "versions")
		for _, v := range versions {
			unknown, err := s.SaveSeats(t.Context(), []event.Seats{{EventID: id, Version: v, Taken: int(10 * v)}})
			require.NoError(t, err)
			require.Empty(t, unknown)
		}
		require.Equal(t, 50, readEvent(t, s, id).SeatsTaken)

		changed := readEvent(t, s, id)
		changed.Version, changed.SeatsTaken = 2, 0
		mustCommit(t, s, event.Change{Events: []event.Event{changed}})
		require.Equal(t, 50, readEvent(t, s, id).SeatsTaken, "a change of the event leaves its seats alone")
	})
}

func namesUnknownEvents(t *testing.T, s Store) {
	loc := addLocation(t, s, "l1")
	mustCommit(t, s, event.Change{At: &loc, Events: []event.Event{eventAt(loc, "e1", noon), eventAt(loc, "e2", noon)}})

	unknown, err := s.SaveSeats(t.Context(), []event.Seats{
		{EventID: "e1", Version: 1, Taken: 7}, {EventID: "e3", Version: 1, Taken: 8}, {EventID: "e2", Version: 1, Taken: 9},
	})

	require.NoError(t, err)
	require.Equal(t, []string{"e3"}, unknown)
	require.Equal(t, 7, readEvent(t, s, "e1").SeatsTaken)
	require.Equal(t, 9, readEvent(t, s, "e2").SeatsTaken)
}
