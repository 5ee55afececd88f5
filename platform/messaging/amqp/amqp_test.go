package amqp_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging/amqp"
)

// What needs a server is tested in the module containers.

func TestParseURL(t *testing.T) {
	t.Parallel()
	o, err := amqp.ParseURL("amqps://user:secret@host:5671/vhost?prefetch=500&cacertfile=/etc/ca.pem")
	require.NoError(t, err)
	require.Equal(t, amqp.Options{URL: "amqps://user:secret@host:5671/vhost?cacertfile=%2Fetc%2Fca.pem", Prefetch: 500}, o)
	for name, test := range map[string]struct{ url, says string }{
		"no host":           {"amqp://", "host is missing"},
		"unknown parameter": {"amqp://u:secret@host?lag=5s", "parameter lag: unknown; known are cacertfile, certfile, keyfile, prefetch"},
		"no number":         {"amqp://u:secret@host?prefetch=many", `parameter prefetch: "many" is no number from 1 to 65535`},
		"zero":              {"amqp://u:secret@host?prefetch=0", `parameter prefetch: "0" is no number from 1 to 65535`},
		"too large":         {"amqp://u:secret@host?prefetch=65536", `parameter prefetch: "65536" is no number from 1 to 65535`},
		"another scheme":    {"http://u:secret@host", "AMQP scheme must be either 'amqp://' or 'amqps://'"},
	} {
		_, err := amqp.ParseURL(test.url)
		require.ErrorContains(t, err, test.says, name)
		require.NotContains(t, err.Error(), "secret", name)
	}
}

// Engines accept connections to the port of a server that has not started, and drop them.
func TestNewGivesUpWhereNoServerAnswers(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var attempts atomic.Int32
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			attempts.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, listener.Close())
		<-ended
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	address := listener.Addr().String()
	_, err = amqp.New(ctx, amqp.Options{URL: "amqp://user:secret@" + address})
	require.ErrorContains(t, err, "connect to message broker at amqp://user:xxxxx@"+address)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotContains(t, err.Error(), "secret")
	require.Greater(t, attempts.Load(), int32(1))
}
