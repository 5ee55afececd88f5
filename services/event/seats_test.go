package event_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/event"
)

func TestNewestSeatsAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	for i, test := range []struct {
		announced []event.Seats
		want      int
	}{
		{[]event.Seats{{e.ID, 2, 10}}, 10},
		{[]event.Seats{{e.ID, 4, 30}, {e.ID, 6, 50}, {e.ID, 5, 40}}, 50},
		{[]event.Seats{{e.ID, 5, 40}}, 50},
		{[]event.Seats{{e.ID, 6, 51}}, 50},
		{nil, 50},
		{[]event.Seats{{e.ID, 7, 100}}, 100},
	} {
		require.Nil(t, h.TakeSeats(t.Context(), test.announced))
		got, err := h.Event(t.Context(), e.ID)
		require.NoError(t, err)
		require.Equal(t, test.want, got.SeatsTaken, "step %d", i)
		require.Equal(t, 100-test.want, got.SeatsLeft())
	}
	require.EqualValues(t, 5, h.moves.Load(), "an announcement a commit, and none for nothing")
}

func TestSeatsOfAnUnknownEventFailAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	errs := h.TakeSeats(t.Context(), []event.Seats{{"none", 2, 1}, {e.ID, 2, 1}})
	require.Len(t, errs, 2)
	require.ErrorContains(t, errs[0], "none")
	require.NoError(t, errs[1])
	got, err := h.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, 1, got.SeatsTaken)
}

// broken is a store whose disk is full.
type broken struct{ event.Store }

var errFull = errors.New("disk full")

func (broken) SaveSeats(context.Context, []event.Seats) ([]string, error) { return nil, errFull }

func TestSeatsThatCannotBeSavedFail(t *testing.T) {
	t.Parallel()
	s := event.New(event.Options{Store: broken{}, Moved: func() { t.Error("nothing was saved") }})
	errs := s.TakeSeats(t.Context(), []event.Seats{{"e", 1, 0}, {"f", 1, 0}})
	require.Len(t, errs, 2)
	require.ErrorIs(t, errs[0], errFull)
	require.ErrorIs(t, errs[1], errFull)
}

// BenchmarkSeats saves announcements of 100 events in batches; an operation is one announcement.
func BenchmarkSeats(b *testing.B) {
	for _, size := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			h := newHouse(b)
			loc := h.location(b)
			var events [100]event.Event
			for i := range events {
				events[i] = h.event(b, loc, 0)
			}
			version := int64(1)
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += size {
				batch := make([]event.Seats, size)
				for i := range batch {
					version++
					batch[i] = event.Seats{EventID: events[version%100].ID, Version: version, Taken: int(version % 100)}
				}
				require.Nil(b, h.TakeSeats(b.Context(), batch))
			}
		})
	}
}
