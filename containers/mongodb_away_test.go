package containers_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/booking/mongodb"
)

// TestCallersHearOfAMongoDBThatIsAway freezes, stops and kills the server: callers are refused within seconds, and served
// again by themselves.
func TestCallersHearOfAMongoDBThatIsAway(t *testing.T) {
	t.Parallel()
	server, err := containers.Start(t.Context(), containers.MongoDB())
	require.NoError(t, err)
	server.LogOnFailure(t)
	store := openBookings(t, mongoDBURL(server.Address("27017/tcp"), t.TempDir()), nil)
	_, err = store.Apply(t.Context(), jazz(500))
	require.NoError(t, err)
	placed := 0
	for name, trouble := range map[string]struct{ harm, endsHarm func(context.Context) error }{
		"frozen":  {server.Pause, server.Unpause},
		"stopped": {server.Stop, server.Restart},
		"killed":  {server.Kill, server.Restart},
	} {
		_, _, err := store.Place(t.Context(), orderOf("anna", "before "+name, "jazz"))
		require.NoError(t, err)
		require.NoError(t, trouble.harm(t.Context()))
		began := time.Now()
		_, _, err = store.Place(t.Context(), orderOf("anna", "while "+name, "jazz"))
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%s: %v", name, err)
		require.Less(t, time.Since(began), 7*time.Second, name)
		began = time.Now()
		require.Equal(t, fault.Unavailable, fault.KindOf(store.Ping(t.Context())), name)
		require.Less(t, time.Since(began), 3*time.Second, name)
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, _, err = store.Place(short, orderOf("anna", "impatient "+name, "jazz"))
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)

		require.NoError(t, trouble.endsHarm(t.Context()))
		require.Eventually(t, func() bool {
			_, _, err := store.Place(t.Context(), orderOf("anna", "while "+name, "jazz"))
			return err == nil
		}, 30*time.Second, 10*time.Millisecond, name)
		placed += 2
		require.NoError(t, audit(t, store))
	}
	page, err := store.Bookings(t.Context(), "anna", "", 100)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(page), placed)
}

func TestMongoDBIsAskedForAPassword(t *testing.T) {
	t.Parallel()
	part := containers.MongoDB()
	part.Name = "mongodb-with-password"
	part.Env = map[string]string{"MONGO_INITDB_ROOT_USERNAME": "root", "MONGO_INITDB_ROOT_PASSWORD": "hush hush"}
	server, err := containers.Start(t.Context(), part)
	require.NoError(t, err)
	server.LogOnFailure(t)
	host, port, err := net.SplitHostPort(server.Address("27017/tcp"))
	require.NoError(t, err)
	open := func(user string) error {
		store, err := mongodb.Open(t.Context(), mongodb.Options{URL: "mongodb://" + user + host + ":" + port + "/booking?authSource=admin"})
		if err != nil {
			return err
		}
		return store.Close()
	}
	require.NoError(t, open("root:hush%20hush@"))
	for _, user := range []string{"root:wrong%20guess@", ""} {
		err := open(user)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "guess")
	}
}
