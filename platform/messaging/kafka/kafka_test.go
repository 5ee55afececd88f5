package kafka_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging/kafka"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	o, err := kafka.ParseURL("kafka://one:9092,two:9093,three?prefix=staging.&partitions=12&replication=3&session_timeout=6s&sync_lag=0s")
	require.NoError(t, err)
	require.Equal(t, kafka.Options{
		Servers: []string{"one:9092", "two:9093", "three:9092"}, Prefix: "staging.", Partitions: 12, Replication: 3,
		SessionTimeout: 6 * time.Second,
	}, o)
	o, err = kafka.ParseURL("kafka://[::1]:9094/")
	require.NoError(t, err)
	require.Equal(t, kafka.Options{
		Servers: []string{"[::1]:9094"}, Prefix: kafka.DefaultPrefix, Partitions: kafka.DefaultPartitions, Replication: -1,
		SessionTimeout: kafka.DefaultSessionTimeout, SyncLag: kafka.DefaultSyncLag,
	}, o)
}

func TestParseURLSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ url, says string }{
		"no host":           {"kafka://", "host is missing"},
		"an empty host":     {"kafka://one,,two", "a host is missing between commas"},
		"signing in":        {"kafka://user:secret@host", "signing in to Kafka is not supported"},
		"a path":            {"kafka://host/topic", "there is no path in it"},
		"unknown parameter": {"kafka://host?acks=0", "parameter acks: unknown; known are partitions, prefix, replication, session_timeout"},
		"no partitions":     {"kafka://host?partitions=0", "parameter partitions: a number from 1 to 32767"},
		"a word":            {"kafka://host?replication=all", "parameter replication: a number from 1 to 32767"},
		"no name":           {"kafka://host?prefix=my/events", "parameter prefix: up to 100 letters"},
		"no prefix":         {"kafka://host?prefix=", "parameter prefix: up to 100 letters"},
		"no duration":       {"kafka://host?sync_lag=soon", `parameter sync_lag: time: invalid duration "soon"`},
		"too short":         {"kafka://host?session_timeout=10ms", "parameter session_timeout: whole milliseconds, at least 1s"},
	} {
		_, err := kafka.ParseURL(test.url)
		require.ErrorContains(t, err, test.says, name)
		require.NotContains(t, err.Error(), "secret", name)
	}
}

func TestNewGivesUpWithoutAServer(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"where nobody listens":    "kafka://127.0.0.1:1",
		"where nobody answers":    "kafka://" + silent(t),
		"where nobody ever comes": "kafka://192.0.2.1:9092", // an address for documentation
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, err := kafka.ParseURL(url)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err = kafka.New(ctx, o)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, "connect to message broker at "+url)
			require.Less(t, time.Since(began), 5*time.Second)
		})
	}
}

// silent returns the address of a server that takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	return listener.Addr().String()
}

func TestNewTriesAgainUntilItsTimeIsUp(t *testing.T) {
	t.Parallel()
	o, err := kafka.ParseURL("kafka://host")
	require.NoError(t, err)
	var attempts atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	o.Dial = func(context.Context, string, string) (net.Conn, error) {
		if attempts.Add(1) == 6 {
			cancel()
		}
		return nil, errors.New("no route to the cluster")
	}
	_, err = kafka.New(ctx, o)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "no route to the cluster")
}
