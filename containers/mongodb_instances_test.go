package containers_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/booking"
	"github.com/myevents/myevents/services/booking/mongodb"
)

// TestInstancesOnMongoDBShareTheSeats lets the buyers of two instances compete, while a third one recovers and audits.
func TestInstancesOnMongoDBShareTheSeats(t *testing.T) {
	t.Parallel()
	url := mongoDBAt(t, t.TempDir())
	instances := []*mongodb.Store{openBookings(t, url, nil), openBookings(t, url, nil)}
	third := openBookings(t, url, nil)
	_, err := third.Apply(t.Context(), jazz(500))
	require.NoError(t, err)

	selling := make(chan struct{})
	var others, buyers sync.WaitGroup
	others.Go(func() { recoverUntil(t, third, selling) })
	var confirmed, soldOut atomic.Int64
	for n := range 1000 {
		buyers.Go(func() {
			b, _, err := placeAtLast(t, instances[n%2], orderOf(fmt.Sprint("user", n), "k", "jazz"))
			switch {
			case err != nil:
				t.Error(err)
			case b.Status == contracts.StatusConfirmed:
				confirmed.Add(1)
			case b.Reason == booking.ReasonSoldOut:
				soldOut.Add(1)
			}
		})
	}
	buyers.Wait()
	close(selling)
	others.Wait()

	require.EqualValues(t, 500, confirmed.Load())
	require.EqualValues(t, 500, soldOut.Load())
	for _, s := range append(instances, third) {
		requireTold(t, s, 1000)
		require.NoError(t, audit(t, s))
	}
}

// placeAtLast repeats an order as clients do while the store is away, or too busy.
func placeAtLast(t *testing.T, s *mongodb.Store, o booking.Order) (b booking.Booking, placed bool, err error) {
	for range 10 {
		if b, placed, err = s.Place(t.Context(), o); fault.KindOf(err) != fault.Unavailable {
			break
		}
	}
	return b, placed, err
}

// recoverUntil does what instances do at start and now and then.
func recoverUntil(t *testing.T, s *mongodb.Store, end <-chan struct{}) {
	for {
		select {
		case <-end:
			return
		default:
		}
		for _, err := range []error{s.Recover(t.Context()), audit(t, s)} {
			if err != nil && fault.KindOf(err) != fault.Unavailable {
				t.Errorf("while seats are sold: %v", err)
			}
		}
	}
}

// audit fails where seats are lost or sold twice.
func audit(t *testing.T, s *mongodb.Store) error {
	mismatches, err := s.Audit(t.Context())
	if mismatches != nil {
		return fmt.Errorf("seats differ: %v", mismatches)
	}
	return err
}

// requireTold requires that the log has so many messages, at the positions 1 to n, each once.
func requireTold(t *testing.T, s *mongodb.Store, n int) {
	t.Helper()
	seen := map[string]bool{}
	after := int64(0)
	for {
		entries, err := s.Outbox().Read(t.Context(), after, 300)
		require.NoError(t, err)
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			after++
			require.Equal(t, after, e.Seq)
			require.False(t, seen[e.ID], "twice: %s", e.ID)
			seen[e.ID] = true
		}
	}
	require.Len(t, seen, n)
	pending, _, err := s.Outbox().Pending(t.Context(), after)
	require.NoError(t, err)
	require.Zero(t, pending)
}

// TestAKeyOnMongoDBMakesOneBooking repeats an order on two instances at once, for one event and for two.
func TestAKeyOnMongoDBMakesOneBooking(t *testing.T) {
	t.Parallel()
	url := mongoDBAt(t, t.TempDir())
	instances := []*mongodb.Store{openBookings(t, url, nil), openBookings(t, url, nil)}
	rock := jazz(500)
	rock.ID = "rock"
	for _, e := range []contracts.Event{jazz(500), rock} {
		_, err := instances[0].Apply(t.Context(), e)
		require.NoError(t, err)
	}
	for round := range 20 {
		key := fmt.Sprint("k", round)
		var placed, refused atomic.Int64
		var attempts sync.WaitGroup
		for n := range 8 {
			attempts.Go(func() {
				o := orderOf("anna", key, []string{"jazz", "rock"}[n/2%2])
				o.BookingID = fmt.Sprint(key, ".", n)
				_, first, err := placeAtLast(t, instances[n%2], o)
				if first {
					placed.Add(1)
				}
				if err != nil {
					assert.Equal(t, "idempotency-key-reused", fault.CodeOf(err))
					refused.Add(1)
				}
			})
		}
		attempts.Wait()
		require.EqualValues(t, 1, placed.Load())
		require.EqualValues(t, 4, refused.Load(), "those for the other event")
	}
	page, err := instances[0].Bookings(t.Context(), "anna", "", 100)
	require.NoError(t, err)
	require.Len(t, page, 20)
	requireTold(t, instances[1], 20)
}

// TestAnInstanceOnMongoDBFinishesWhatAnotherLeft kills one instance between its writes; the other one, which runs on, sells
// on, and finds what the dead one has decided.
func TestAnInstanceOnMongoDBFinishesWhatAnotherLeft(t *testing.T) {
	t.Parallel()
	for survived := range 8 {
		url := mongoDBAt(t, t.TempDir())
		alive := openBookings(t, url, nil)
		_, err := alive.Apply(t.Context(), jazz(10))
		require.NoError(t, err)
		var writes atomic.Int64
		dying := openBookings(t, url, func(string) error {
			if writes.Add(1) > int64(survived) {
				return errDead
			}
			return nil
		})
		first, _, dead := dying.Place(t.Context(), orderOf("anna", "k", "jazz"))
		_, _ = dying.Outbox().Read(t.Context(), 0, 10) // the relay of the dying one

		_, _, err = alive.Place(t.Context(), orderOf("bert", "k", "jazz"))
		require.NoError(t, err)
		again, _, err := alive.Place(t.Context(), orderOf("anna", "k", "jazz"))
		require.NoError(t, err)
		if dead == nil {
			require.Equal(t, first, again)
		}
		require.NoError(t, audit(t, alive))
		page, err := alive.Inventories(t.Context(), "", 10)
		require.NoError(t, err)
		require.Equal(t, 2, page[0].SeatsTaken, "after %d writes", survived)
		require.NoError(t, alive.Recover(t.Context()))
		requireTold(t, alive, 2)
	}
}

var errDead = errors.New("the instance is dead")

func TestAnInstanceOnMongoDBPublishesAlone(t *testing.T) {
	t.Parallel()
	url := mongoDBAt(t, t.TempDir())
	publishOneAtATime(t, openBookings(t, url, nil).Outbox(), openBookings(t, url, nil).Outbox())
}

// TestInstancesOnMongoDBGiveSeatsBackOnce cancels each booking on two instances at once, while seats are sold.
func TestInstancesOnMongoDBGiveSeatsBackOnce(t *testing.T) {
	t.Parallel()
	url := mongoDBAt(t, t.TempDir())
	instances := []*mongodb.Store{openBookings(t, url, nil), openBookings(t, url, nil)}
	_, err := instances[0].Apply(t.Context(), jazz(500))
	require.NoError(t, err)
	const rounds = 15
	for round := range rounds {
		o := orderOf("anna", fmt.Sprint("k", round), "jazz")
		b, _, err := instances[0].Place(t.Context(), o)
		require.NoError(t, err)
		var cancelled atomic.Int64
		var all sync.WaitGroup
		for n := range 6 {
			all.Go(func() {
				_, first, err := instances[n%2].Cancel(t.Context(),
					booking.Cancellation{UserID: "anna", BookingID: b.ID, At: time.Now().UTC()})
				if err != nil {
					t.Error(err)
				}
				if first {
					cancelled.Add(1)
				}
			})
			all.Go(func() {
				if _, _, err := placeAtLast(t, instances[n%2], orderOf("bert", fmt.Sprint(round, ".", n), "jazz")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, cancelled.Load())
	}
	page, err := instances[0].Inventories(t.Context(), "", 1)
	require.NoError(t, err)
	require.Equal(t, 6*rounds, page[0].SeatsTaken)
	require.NoError(t, audit(t, instances[1]))
}

// TestAuditOnMongoDBIsExactWhileSeatsAreSold audits on one instance what another one sells and takes back.
func TestAuditOnMongoDBIsExactWhileSeatsAreSold(t *testing.T) {
	t.Parallel()
	url := mongoDBAt(t, t.TempDir())
	selling, auditing := openBookings(t, url, nil), openBookings(t, url, nil)
	_, err := selling.Apply(t.Context(), jazz(1000))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var buyers sync.WaitGroup
	for n := range 12 {
		buyers.Go(func() {
			for round := 0; ctx.Err() == nil; round++ {
				b, _, err := selling.Place(ctx, orderOf(fmt.Sprint("user", n), fmt.Sprint("k", round), "jazz"))
				if err == nil && round%3 == 0 {
					_, _, _ = selling.Cancel(ctx, booking.Cancellation{UserID: b.UserID, BookingID: b.ID, At: time.Now().UTC()})
				}
			}
		})
	}
	for range 40 {
		require.NoError(t, audit(t, auditing))
	}
	stop()
	buyers.Wait()
	require.NoError(t, audit(t, selling))
}
