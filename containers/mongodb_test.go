package containers_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/deadletter/deadlettertest"
	"github.com/myevents/myevents/services/booking"
	"github.com/myevents/myevents/services/booking/mongodb"
	bookingtest "github.com/myevents/myevents/services/booking/storetest"
	event "github.com/myevents/myevents/services/event/mongodb"
	eventtest "github.com/myevents/myevents/services/event/storetest"
	identity "github.com/myevents/myevents/services/identity/mongodb"
	identitytest "github.com/myevents/myevents/services/identity/storetest"
)

// sharedMongoDB is the server of all tests that do no harm to it.
var sharedMongoDB = sync.OnceValues(func() (*containers.Container, error) {
	return containers.Start(context.Background(), containers.MongoDB())
})

// mongoDBAt returns the URL of the database that belongs to a directory: the same directory has the same one.
func mongoDBAt(t testing.TB, dir string) string {
	t.Helper()
	server, err := sharedMongoDB()
	require.NoError(t, err)
	return mongoDBURL(server.Address("27017/tcp"), dir)
}

func mongoDBURL(address, dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("mongodb://%s/test%s", address, hex.EncodeToString(sum[:8]))
}

func openBookings(t testing.TB, url string, hook func(string) error) *mongodb.Store {
	t.Helper()
	store, err := mongodb.Open(context.Background(), mongodb.Options{URL: url, WriteHook: hook})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() }) // closed before where the test is about that
	return store
}

func TestBookingStoreOnMongoDB(t *testing.T) {
	t.Parallel()
	bookingtest.Run(t, func(t testing.TB, dir string, hook func(string) error) bookingtest.Backend {
		return openBookings(t, mongoDBAt(t, dir), hook)
	})
}

func TestDeadLettersOnMongoDB(t *testing.T) {
	t.Parallel()
	deadlettertest.Run(t, openBookings(t, mongoDBAt(t, t.TempDir()), nil).DeadLetters())
}

func jazz(capacity int) contracts.Event {
	return contracts.Event{
		ID: "jazz", Version: 1, Name: "Jazz night", StartsAt: time.Now().Add(time.Hour), Capacity: capacity,
		Price: contracts.Money{Amount: 4500, Currency: "EUR"}, Status: contracts.EventScheduled,
	}
}

func orderOf(user, key, event string) booking.Order {
	return booking.Order{
		BookingID: user + "." + key, UserID: user, Key: key, EventID: event, Seats: 1, At: time.Now().UTC().Truncate(time.Microsecond),
	}
}

func TestEventStoreOnMongoDB(t *testing.T) {
	t.Parallel()
	eventtest.Run(t, func(t *testing.T, dir string, beforeWrite func() error) eventtest.Store {
		o := event.Options{URL: mongoDBAt(t, dir)}
		if beforeWrite != nil {
			o.WriteHook = func(string) error { return beforeWrite() }
		}
		store, err := event.Open(context.Background(), o)
		require.NoError(t, err)
		return store
	})
}

func TestIdentityStoreOnMongoDB(t *testing.T) {
	t.Parallel()
	identitytest.Run(t, func(t *testing.T) identitytest.Database {
		url := mongoDBAt(t, t.TempDir())
		return func(t *testing.T, hook func(string) error) identitytest.Opened {
			store, err := identity.Open(context.Background(), identity.Options{URL: url, WriteHook: hook})
			require.NoError(t, err)
			return identitytest.Opened{Store: store, Log: store.Outbox(), Close: func() { require.NoError(t, store.Close()) }}
		}
	})
}
