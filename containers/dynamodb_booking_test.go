package containers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/services/booking"
	dynamobooking "github.com/myevents/myevents/services/booking/dynamodb"
	bookingtest "github.com/myevents/myevents/services/booking/storetest"
)

// openBookingsTwice opens the same tables as two instances do.
func openBookingsTwice(t *testing.T) [2]*dynamobooking.Store {
	t.Helper()
	var stores [2]*dynamobooking.Store
	url := dynamoDBAt(t, t.TempDir())
	for i := range stores {
		store, err := dynamobooking.Open(t.Context(), dynamobooking.Options{URL: url})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		stores[i] = store
	}
	return stores
}

func TestTwoInstancesOnDynamoDBSellEverySeatOnce(t *testing.T) {
	t.Parallel()
	const buyers, seats = 1000, 500
	stores := openBookingsTwice(t)
	_, err := stores[0].Apply(t.Context(), jazz(seats))
	require.NoError(t, err)

	selling, sold := context.WithCancel(t.Context())
	var others, all sync.WaitGroup
	for _, s := range stores {
		others.Go(func() { auditWhile(selling, t, s) })
	}
	var confirmed atomic.Int64
	began := time.Now()
	for i := range buyers {
		all.Go(func() {
			if b := insistOn(t, stores[i%2], orderOf(fmt.Sprint("user", i), "key", "jazz")); b.Status == contracts.StatusConfirmed {
				confirmed.Add(1)
			}
		})
	}
	all.Wait()
	t.Logf("%.0f bookings/s", buyers/time.Since(began).Seconds())
	sold()
	others.Wait()

	require.EqualValues(t, seats, confirmed.Load())
	for _, s := range stores {
		mismatch, err := s.Audit(t.Context())
		require.NoError(t, err)
		require.Zero(t, mismatch)
		known, err := s.Inventories(t.Context(), "", 10)
		require.NoError(t, err)
		require.Equal(t, seats, known[0].SeatsTaken)
		requireToldInOrder(t, s.Outbox(), buyers)
	}
}

// auditWhile audits and reads the log as instances do, again and again.
func auditWhile(ctx context.Context, t *testing.T, s bookingtest.Backend) {
	for tick := time.NewTicker(200 * time.Millisecond); ; {
		mismatch, err := s.Audit(ctx)
		if err == nil {
			_, err = s.Outbox().Read(ctx, 0, 100)
		}
		assert.Zero(t, mismatch)
		assert.True(t, err == nil || ctx.Err() != nil || fault.KindOf(err) == fault.Unavailable, "%v", err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

// insistOn repeats the order while the store is too busy, as buyers do.
func insistOn(t *testing.T, s booking.Store, o booking.Order) booking.Booking {
	for {
		b, _, err := s.Place(t.Context(), o)
		if fault.KindOf(err) != fault.Unavailable {
			assert.NoError(t, err)
			return b
		}
	}
}

// requireToldInOrder requires each of n messages once, and an event's messages in the order of its inventory.
func requireToldInOrder(t *testing.T, log outbox.Log, n int) {
	t.Helper()
	var entries []outbox.Entry
	require.Eventually(t, func() bool { // rows of others are looked for now and then
		after := int64(0)
		if len(entries) > 0 {
			after = entries[len(entries)-1].Seq
		}
		more, err := log.Read(t.Context(), after, 300)
		require.NoError(t, err)
		entries = append(entries, more...)
		return len(entries) >= n
	}, 20*time.Second, 50*time.Millisecond)
	require.Len(t, entries, n)
	seen := map[string]bool{}
	last := contracts.Inventory{}
	for i, e := range entries {
		require.False(t, seen[e.ID], "message %s is there twice", e.ID)
		seen[e.ID] = true
		require.True(t, i == 0 || entries[i-1].Seq < e.Seq)
		var b contracts.Booking
		decoded, err := cloudevent.Decode(e.Payload)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(decoded.Data, &b))
		if b.Status == contracts.StatusConfirmed {
			last.Version++
			last.SeatsTaken += b.Seats
		}
		require.Equal(t, last, b.Inventory)
	}
	pending, _, err := log.Pending(t.Context(), entries[n/2].Seq)
	require.NoError(t, err)
	require.Equal(t, n-n/2-1, pending)
}

func TestOneInstanceOnDynamoDBPublishesAtATime(t *testing.T) {
	t.Parallel()
	stores := openBookingsTwice(t)
	publishOneAtATime(t, stores[0].Outbox(), stores[1].Outbox())
}

func TestDynamoDBAwayIsUnavailableSoonAndComesBack(t *testing.T) {
	t.Parallel()
	_, err := sharedDynamoDB() // for its credentials
	require.NoError(t, err)
	server := startOwnDynamoDB(t)
	store, err := dynamobooking.Open(t.Context(), dynamobooking.Options{URL: dynamoDBURL(server.Address("8000/tcp"), "away")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err = store.Apply(t.Context(), jazz(10))
	require.NoError(t, err)

	require.NoError(t, server.Pause(t.Context()))
	calls := map[string]func(context.Context) error{
		"place": func(ctx context.Context) error {
			_, _, err := store.Place(ctx, orderOf("anna", "key", "jazz"))
			return err
		},
		"read": func(ctx context.Context) error { _, err := store.Booking(ctx, "anna", "none"); return err },
		"ping": store.Ping,
	}
	for name, call := range calls {
		began := time.Now()
		requireAway(t, call(t.Context()), name)
		require.Less(t, time.Since(began), 10*time.Second, name)

		short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		began = time.Now()
		requireAway(t, call(short), name)
		require.Less(t, time.Since(began), 2*time.Second, "%s: the caller's deadline counts", name)
		cancel()
	}
	require.NoError(t, server.Unpause(t.Context()))
	require.Eventually(t, func() bool {
		b, _, err := store.Place(t.Context(), orderOf("anna", "key", "jazz"))
		return err == nil && b.Status == contracts.StatusConfirmed
	}, 20*time.Second, 100*time.Millisecond)
	mismatch, err := store.Audit(t.Context())
	require.NoError(t, err)
	require.Zero(t, mismatch)
	known, err := store.Inventories(t.Context(), "", 1)
	require.NoError(t, err)
	require.Equal(t, 1, known[0].SeatsTaken, "what was tried twice was done once")
}
