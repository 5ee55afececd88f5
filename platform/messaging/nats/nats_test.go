package nats_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/brokers"
	"github.com/myevents/myevents/platform/messaging/brokertest"
	"github.com/myevents/myevents/platform/messaging/embedded"
	"github.com/myevents/myevents/platform/messaging/nats"
)

const ackWait = time.Second

func TestBrokerInProcess(t *testing.T) {
	t.Parallel()
	brokertest.Run(t, func(t *testing.T) brokertest.Harness {
		server := startServer(t, "")
		return brokertest.Harness{
			Connect: func(t *testing.T) messaging.Broker { return connect(t, server) },
			ConnectMortal: func(t *testing.T) (messaging.Broker, func()) {
				line := &mortalLine{dial: server.InProcessConn}
				return connect(t, line), line.cut
			},
			Patience: 20 * time.Second,
		}
	})
}

func TestBrokerOverTCP(t *testing.T) {
	t.Parallel()
	brokertest.Run(t, func(t *testing.T) brokertest.Harness {
		server := startServer(t, "127.0.0.1:0")
		return brokertest.Harness{
			Connect: func(t *testing.T) messaging.Broker {
				b, err := brokers.Open(t.Context(), server.URL()+"?ack_wait=1s", brokers.Options{Client: t.Name()})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, b.Close()) })
				return b
			},
			ConnectMortal: func(t *testing.T) (messaging.Broker, func()) {
				address := server.URL()[len("nats://"):]
				line := &mortalLine{dial: func() (net.Conn, error) { return net.Dial("tcp", address) }}
				return connect(t, line), line.cut
			},
			Patience: 20 * time.Second,
		}
	})
}

func startServer(t testing.TB, listen string) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: listen})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	return server
}

func connect(t testing.TB, line nats.InProcess) *nats.Broker {
	t.Helper()
	b, err := nats.New(t.Context(), nats.Options{InProcess: line, SyncLag: embedded.SyncLag, AckWait: ackWait})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

// mortalLine is a line to a server that can be cut for ever.
type mortalLine struct {
	dial func() (net.Conn, error)

	mu   sync.Mutex
	dead bool
	open []net.Conn
}

func (l *mortalLine) InProcessConn() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return nil, net.ErrClosed
	}
	conn, err := l.dial()
	l.open = append(l.open, conn)
	return conn, err
}

func (l *mortalLine) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
	for _, conn := range l.open {
		_ = conn.Close()
	}
}
