package outbox_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/outbox"
)

// holder is an outbox.HolderStore in memory.
type holder struct {
	mu     sync.Mutex
	now    outbox.Holder
	cursor int64
}

func (h *holder) Holder(context.Context) (outbox.Holder, int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now, h.cursor, nil
}

func (h *holder) SwapHolder(_ context.Context, beat int64, next outbox.Holder) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now.Beat != beat {
		return false, nil
	}
	h.now = next
	return true, nil
}

func TestLeaseGoesOnWhereItsHolderStandsStill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &holder{cursor: 7}
		first, second := outbox.NewLease(store), outbox.NewLease(store)
		hold := func(l *outbox.Lease) bool {
			mine, _, err := l.Hold(t.Context())
			require.NoError(t, err)
			return mine
		}
		require.True(t, hold(first))
		for range 100 { // as long as the first one asks, it keeps it
			require.False(t, hold(second))
			require.True(t, hold(first))
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // the time of the bubble
		}
		died := time.Now()
		for !hold(second) {
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // the time of the bubble
		}
		require.InDelta(t, 5, time.Since(died).Seconds(), 1.2)
		require.False(t, hold(first), "it was only slow")
		require.NoError(t, second.Release(t.Context()))
		time.Sleep(time.Second) //nolint:forbidigo // the time of the bubble
		require.True(t, hold(first))
	})
}

// shared is one process's view of a log that it shares.
type shared struct {
	outbox.Log // and not the handover that it may be
	lease      *outbox.Lease
	store      *holder
}

func (s shared) Appended() <-chan struct{} { return nil }

func (s shared) Lease(ctx context.Context) (bool, int64, error) { return s.lease.Hold(ctx) }

func (s shared) Release(ctx context.Context) error { return s.lease.Release(ctx) }

func (s shared) SaveCursor(_ context.Context, seq int64) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.cursor = max(s.store.cursor, seq)
	return nil
}

func TestOneOfSeveralRelaysPublishes(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	store := &holder{}
	relay := func() *outbox.Relay { return w.relayOf(shared{w.log, outbox.NewLease(store), store}, 0) }
	first := relay()
	w.write("event", "a", "b")
	w.requirePublished("a", "b")
	second := relay()
	w.write("event", "c")
	w.requirePublished("a", "b", "c")
	require.NoError(t, first.Stop(t.Context()))
	w.write("event", "d")
	w.requirePublished("a", "b", "c", "d")
	require.Eventually(t, func() bool {
		n, err := second.Pending(t.Context())
		return err == nil && n == 0
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, second.Stop(t.Context()))
	w.requirePublished("a", "b", "c", "d")
}
