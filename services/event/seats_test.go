package event_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/event"
)

// counting counts the commits of a real store, and can be made to fail or wait.
type counting struct {
	event.Store
	commits atomic.Int64
	err     error
}

func (c *counting) SaveSeats(ctx context.Context, seats []event.Seats) ([]string, error) {
	c.commits.Add(1)
	if c.err != nil {
		return nil, c.err
	}
	return c.Store.SaveSeats(ctx, seats)
}

func startKeeper(t *testing.T, store event.Store, saved func()) *event.SeatKeeper {
	k := event.NewSeatKeeper(store, saved)
	require.NoError(t, k.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, k.Stop(context.Background())) })
	return k
}

func TestSeatsAreSavedWhenSetReturns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	var saved atomic.Int64
	k := startKeeper(t, h.store, func() { saved.Add(1) })
	for _, s := range []struct{ version, taken, want int }{{2, 10, 10}, {5, 40, 40}, {4, 30, 40}, {5, 41, 40}, {6, 100, 100}} {
		require.NoError(t, k.Set(t.Context(), event.Seats{EventID: e.ID, Version: int64(s.version), Taken: s.taken}))
		got, err := h.Event(t.Context(), e.ID)
		require.NoError(t, err)
		require.Equal(t, s.want, got.SeatsTaken)
		require.Equal(t, 100-s.want, got.SeatsLeft())
	}
	require.EqualValues(t, 5, saved.Load())
}

func TestNewestOfABatchIsSaved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	k := event.NewSeatKeeper(h.store, func() {})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, version := range []int64{4, 6, 5} { // nobody waits for them, and all are in the batch
		require.ErrorIs(t, k.Set(gone, event.Seats{EventID: e.ID, Version: version, Taken: int(version)}), context.Canceled)
	}
	require.NoError(t, k.Start(t.Context()))
	require.NoError(t, k.Stop(t.Context()))
	got, err := h.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, 6, got.SeatsTaken)
}

func TestConcurrentSeatsShareCommits(t *testing.T) {
	t.Parallel()
	const callers, each = 64, 20
	h := newHouse(t)
	loc := h.location(t)
	events := []event.Event{h.event(t, loc, 0), h.event(t, loc, 0), h.event(t, loc, 0)}
	store := &counting{Store: h.store}
	k := startKeeper(t, store, func() {})
	var version atomic.Int64
	version.Store(1)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			for range each {
				v := version.Add(1)
				if err := k.Set(t.Context(), event.Seats{EventID: events[i%3].ID, Version: v, Taken: int(v)}); err != nil {
					t.Errorf("set: %v", err)
				}
			}
		})
	}
	group.Wait()
	require.Less(t, store.commits.Load(), int64(callers*each/4))
	highest := 0
	for _, e := range events {
		got, err := h.Event(t.Context(), e.ID)
		require.NoError(t, err)
		highest = max(highest, got.SeatsTaken)
	}
	require.Equal(t, 1+callers*each, highest)
}

func TestSeatsOfAnUnknownEventFailAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	k := startKeeper(t, h.store, func() {})
	var group sync.WaitGroup
	var known, unknown error
	group.Go(func() { known = k.Set(t.Context(), event.Seats{EventID: e.ID, Version: 2, Taken: 1}) })
	group.Go(func() { unknown = k.Set(t.Context(), event.Seats{EventID: "none", Version: 2, Taken: 1}) })
	group.Wait()
	require.NoError(t, known)
	require.ErrorContains(t, unknown, "none")
}

func TestSeatsThatCannotBeSavedFail(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk full")
	k := startKeeper(t, &counting{err: broken}, func() { t.Error("nothing was saved") })
	require.ErrorIs(t, k.Set(t.Context(), event.Seats{EventID: "e", Version: 1}), broken)
}

func TestStoppedKeeperSavesWhatItHasAndTakesNoMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	k := event.NewSeatKeeper(h.store, func() {})
	set := make(chan error, 1)
	go func() { set <- k.Set(t.Context(), event.Seats{EventID: e.ID, Version: 2, Taken: 3}) }()
	cancelled, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, k.Set(cancelled, event.Seats{EventID: e.ID, Version: 2, Taken: 3}), context.DeadlineExceeded, "not started")
	require.NoError(t, k.Start(t.Context()))
	require.NoError(t, <-set)

	require.NoError(t, k.Stop(t.Context()))
	require.NoError(t, k.Stop(t.Context()), "again")
	require.Error(t, k.Set(t.Context(), event.Seats{EventID: e.ID, Version: 3, Taken: 4}))
	require.NoError(t, event.NewSeatKeeper(h.store, func() {}).Stop(t.Context()), "never started")
}

// BenchmarkSeats has lanes bring seats of 100 events as fast as they are saved.
func BenchmarkSeats(b *testing.B) {
	for _, lanes := range []int{1, 32, 64, 256} {
		b.Run(fmt.Sprintf("lanes=%d", lanes), func(b *testing.B) {
			h := newHouse(b)
			loc := h.location(b)
			var events [100]event.Event
			for i := range events {
				events[i] = h.event(b, loc, 0)
			}
			store := &counting{Store: h.store}
			k := event.NewSeatKeeper(store, func() {})
			require.NoError(b, k.Start(b.Context()))
			var version atomic.Int64
			b.ResetTimer()
			var group sync.WaitGroup
			for range lanes {
				group.Go(func() {
					for v := version.Add(1); v <= int64(b.N); v = version.Add(1) {
						if err := k.Set(b.Context(), event.Seats{EventID: events[v%100].ID, Version: v + 1, Taken: int(v)}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "seats/s")
			b.ReportMetric(float64(store.commits.Load())/b.Elapsed().Seconds(), "commits/s")
			require.NoError(b, k.Stop(b.Context()))
		})
	}
}
