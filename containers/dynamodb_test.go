package containers_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/deadletter/deadlettertest"
	"github.com/myevents/myevents/platform/fault"
	booking "github.com/myevents/myevents/services/booking/dynamodb"
	bookingtest "github.com/myevents/myevents/services/booking/storetest"
	event "github.com/myevents/myevents/services/event/dynamodb"
	eventtest "github.com/myevents/myevents/services/event/storetest"
)

// sharedDynamoDB is the server of all tests that do no harm to it.
var sharedDynamoDB = sync.OnceValues(func() (*containers.Container, error) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "anything", "AWS_SECRET_ACCESS_KEY": "anything"} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	return containers.Start(context.Background(), containers.DynamoDB())
})

// dynamoDBAt returns the URL of the tables that belong to a directory: the same directory has the same tables.
func dynamoDBAt(t testing.TB, dir string) string {
	t.Helper()
	server, err := sharedDynamoDB()
	require.NoError(t, err)
	return dynamoDBURL(server.Address("8000/tcp"), dir)
}

func dynamoDBURL(address, dir string) string {
	prefix := strings.NewReplacer(string(filepath.Separator), ".", "#", "_").Replace(strings.TrimPrefix(dir, os.TempDir()))
	return fmt.Sprintf("dynamodb://local/t%s?endpoint=http://%s", prefix, address)
}

func TestBookingStoreOnDynamoDB(t *testing.T) {
	t.Parallel()
	bookingtest.Run(t, func(t testing.TB, dir string, hook func(string) error) bookingtest.Backend {
		store, err := booking.Open(context.Background(), booking.Options{URL: dynamoDBAt(t, dir), WriteHook: hook})
		require.NoError(t, err)
		return store
	})
}

func TestEventStoreOnDynamoDB(t *testing.T) {
	t.Parallel()
	eventtest.Run(t, func(t *testing.T, dir string, beforeWrite func() error) eventtest.Store {
		o := event.Options{URL: dynamoDBAt(t, dir)}
		if beforeWrite != nil {
			o.WriteHook = func(string) error { return beforeWrite() }
		}
		store, err := event.Open(context.Background(), o)
		require.NoError(t, err)
		return store
	})
}

// startOwnDynamoDB is for tests that harm it.
func startOwnDynamoDB(t *testing.T) *containers.Container {
	t.Helper()
	p := containers.DynamoDB()
	p.Name = "dynamodb-harmed"
	server, err := containers.Start(t.Context(), p)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Remove(context.Background())) })
	return server
}

func requireAway(t *testing.T, err error, call string) {
	t.Helper()
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "%s: %v", call, err)
}

func TestDeadLettersOnDynamoDB(t *testing.T) {
	t.Parallel()
	deadlettertest.Run(t, openBookingsTwice(t)[0].DeadLetters())
}
