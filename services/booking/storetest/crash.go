package storetest

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/booking"
)

var errCrashed = errors.New("the machine is gone")

// crash returns a hook that lets n writes pass and none after, and a function that reports whether it has refused one.
func crash(n int64) (hook func(string) error, crashed func() bool) {
	var writes atomic.Int64
	return func(string) error {
		if writes.Add(1) > n {
			return errCrashed
		}
		return nil
	}, func() bool { return writes.Load() > n }
}

// step is one request of the story. It returns what was answered.
type step func(s *shop) (any, error)

// story is what the crash test does to a store. Every step can be repeated and then has the same answer.
func story() []step {
	place := func(o booking.Order) step {
		return func(s *shop) (any, error) {
			b, _, err := s.Place(s.t.Context(), o)
			return b.AsMade(), err // a repetition after the cancellation sees it
		}
	}
	cancel := func(o booking.Order) step {
		return func(s *shop) (any, error) {
			b, _, err := s.Cancel(s.t.Context(), booking.Cancellation{UserID: o.UserID, BookingID: o.BookingID, At: today()})
			return b, err
		}
	}
	apply := func(e contracts.Event) step {
		return func(s *shop) (any, error) {
			_, err := s.Apply(s.t.Context(), e)
			return e.Version, err
		}
	}
	first := order("anna", "k1", "jazz", 2)
	return []step{
		apply(event("jazz", 5)), place(first), place(order("bert", "k1", "jazz", 2)), place(order("bert", "k2", "jazz", 2)),
		place(first), cancel(first), place(order("bert", "k3", "jazz", 2)), cancel(first),
		apply(version(event("jazz", 5), 2, func(e *contracts.Event) { e.Capacity = 6 })), place(order("carl", "k1", "jazz", 2)),
		cancel(order("bert", "k1", "jazz", 2)),
	}
}

// survivesCrashes crashes the store before each of its writes in turn, until the whole story passes. After each crash the
// store is opened again: what was answered is there, the rest is whole or absent, and the story can be told to its end.
func survivesCrashes(s *shop) {
	for n := int64(0); ; n++ {
		hook, crashed := crash(n)
		crashing := newShop(s.t, s.open, s.t.(*testing.T).TempDir(), hook)
		answers := map[int]any{}
		for i, do := range story() {
			if answer, err := do(crashing); err == nil {
				answers[i] = answer
			} else {
				require.True(s.t, crashed(), "step %d: %v", i, err)
			}
		}
		if crashed() {
			require.Less(s.t, len(answers), len(story()), "a write that fails must not be answered")
		}
		crashing.reopen()
		crashing.check()
		for i, do := range story() {
			answer, err := do(crashing)
			require.NoError(s.t, err, "step %d after a crash at write %d", i, n+1)
			if first, answered := answers[i]; answered {
				require.Equal(s.t, first, answer, "step %d after a crash at write %d", i, n+1)
			}
		}
		crashing.check()
		require.Equal(s.t, 4, crashing.inventory("jazz").SeatsTaken)
		require.NoError(s.t, crashing.Close())
		if !crashed() {
			require.Greater(s.t, n, int64(len(story())), "the hook sees every write")
			return
		}
	}
}

// survivesHiccups refuses one write and none after: the store goes on as it is, and forgets what it could not write.
func survivesHiccups(s *shop) {
	for n := int64(1); ; n++ {
		var writes atomic.Int64
		store := newShop(s.t, s.open, s.t.(*testing.T).TempDir(), func(string) error {
			if writes.Add(1) == n {
				return errCrashed
			}
			return nil
		})
		for i, do := range story() {
			if _, err := do(store); err != nil {
				require.ErrorIs(s.t, err, errCrashed)
				require.Equal(s.t, fault.Unavailable, fault.KindOf(err), "may be tried again")
				_, err = do(store)
				require.NoError(s.t, err, "step %d after write %d failed", i, n)
			}
		}
		store.check()
		require.Equal(s.t, 4, store.inventory("jazz").SeatsTaken)
		require.NoError(s.t, store.Close())
		if writes.Load() < n {
			return
		}
	}
}

// survivesCrashesUnderLoad crashes the store while many buyers compete.
func survivesCrashesUnderLoad(s *shop) {
	const buyers = 60
	for n := int64(1); n < 80; n += 6 {
		hook, _ := crash(n)
		crashing := newShop(s.t, s.open, s.t.(*testing.T).TempDir(), hook)
		if _, err := crashing.Apply(s.t.Context(), event("jazz", buyers/2)); err != nil {
			require.ErrorIs(s.t, err, errCrashed)
		}
		confirmed := make([]booking.Booking, buyers)
		each(buyers, func(i int) {
			if b, _, err := crashing.Place(s.t.Context(), order(numbered("u", i), "k", "jazz", 1)); err == nil {
				confirmed[i] = b
			}
		})
		crashing.reopen()
		crashing.check()
		for i, b := range confirmed {
			if b.ID == "" {
				continue
			}
			got, err := crashing.Booking(s.t.Context(), numbered("u", i), b.ID)
			assert.NoError(s.t, err, "answered, and gone")
			assert.Equal(s.t, b, got)
		}
		require.NoError(s.t, crashing.Close())
	}
}
