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
	require.NoError(t, k.Start(context.Background()))
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
		require.NoError(t, k.Set(context.Background(), event.Seats{EventID: e.ID, Version: int64(s.version), Taken: s.taken}))
		got, err := h.Event(context.Background(), e.ID)
		require.NoError(t, err)
		require.Equal(t, s.want, got.SeatsTaken)
		require.Equal(t, 100-s.want, got.SeatsLeft())
	}
	require.EqualValues(t, 5, saved.Load())
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
				if err := k.Set(context.Background(), event.Seats{EventID: events[i%3].ID, Version: v, Taken: int(v)}); err != nil {
					t.Errorf("set: %v", err)
				}
			}
		})
	}
	group.Wait()
	require.Less(t, store.commits.Load(), int64(callers*each/4))
	highest := 0
	for _, e := range events {
		got, err := h.Event(context.Background(), e.ID)
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
	group.Go(func() { known = k.Set(context.Background(), event.Seats{EventID: e.ID, Version: 2, Taken: 1}) })
	group.Go(func() { unknown = k.Set(context.Background(), event.Seats{EventID: "none", Version: 2, Taken: 1}) })
	group.Wait()
	require.NoError(t, known)
	require.ErrorContains(t, unknown, "none")
}

func TestSeatsThatCannotBeSavedFail(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk full")
	k := startKeeper(t, &counting{err: broken}, func() { t.Error("nothing was saved") })
	require.ErrorIs(t, k.Set(context.Background(), event.Seats{EventID: "e", Version: 1}), broken)
}

func TestStoppedKeeperSavesWhatItHasAndTakesNoMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.event(t, h.location(t), 0)
	k := event.NewSeatKeeper(h.store, func() {})
	set := make(chan error, 1)
	go func() { set <- k.Set(context.Background(), event.Seats{EventID: e.ID, Version: 2, Taken: 3}) }()
	cancelled, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, k.Set(cancelled, event.Seats{EventID: e.ID, Version: 2, Taken: 3}), context.DeadlineExceeded, "not started")
	require.NoError(t, k.Start(context.Background()))
	require.NoError(t, <-set)

	require.NoError(t, k.Stop(context.Background()))
	require.NoError(t, k.Stop(context.Background()), "again")
	require.Error(t, k.Set(context.Background(), event.Seats{EventID: e.ID, Version: 3, Taken: 4}))
	require.NoError(t, event.NewSeatKeeper(h.store, func() {}).Stop(context.Background()), "never started")
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
			require.NoError(b, k.Start(context.Background()))
			var version atomic.Int64
			b.ResetTimer()
			var group sync.WaitGroup
			for range lanes {
				group.Go(func() {
					for v := version.Add(1); v <= int64(b.N); v = version.Add(1) {
						if err := k.Set(context.Background(), event.Seats{EventID: events[v%100].ID, Version: v + 1, Taken: int(v)}); err != nil {
							b.Error(err)
						}
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "seats/s")
			b.ReportMetric(float64(store.commits.Load())/b.Elapsed().Seconds(), "commits/s")
			require.NoError(b, k.Stop(context.Background()))
		})
	}
}
