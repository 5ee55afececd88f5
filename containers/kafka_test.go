package containers_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/brokertest"
	"github.com/myevents/myevents/platform/messaging/kafka"
)

// sharedKafka is the server of all tests that do no harm to it.
var sharedKafka = sync.OnceValues(func() (*containers.Container, error) {
	return containers.Start(context.Background(), containers.Kafka())
})

// kafkaPrefixes are a name of its own for each test.
var kafkaPrefixes atomic.Int64

// kafkaCluster is a server, and a part of its names that nobody else uses.
type kafkaCluster struct {
	server *containers.Container
	prefix string
}

func shareKafka(t testing.TB) *kafkaCluster {
	t.Helper()
	server, err := sharedKafka()
	require.NoError(t, err)
	return &kafkaCluster{server, fmt.Sprintf("test%d.", kafkaPrefixes.Add(1))}
}

func (k *kafkaCluster) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, k.server.Address("9092/tcp"))
}

// through dials the server on a line.
func (k *kafkaCluster) through(l *line) dialer {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, l.address())
	}
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// connect is for the length of a test.
func (k *kafkaCluster) connect(t testing.TB, dial dialer) messaging.Broker {
	t.Helper()
	b, err := kafka.New(t.Context(), k.options(t, dial))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

func (k *kafkaCluster) options(t testing.TB, dial dialer) kafka.Options {
	t.Helper()
	options, err := kafka.ParseURL("kafka://kafka:9092?session_timeout=6s&prefix=" + k.prefix)
	require.NoError(t, err)
	options.Name, options.Dial = "test", dial
	return options
}

func TestKafka(t *testing.T) {
	t.Parallel()
	brokertest.Run(t, func(t *testing.T) brokertest.Harness {
		k := shareKafka(t)
		return brokertest.Harness{
			Connect: func(t *testing.T) messaging.Broker { return k.connect(t, k.dial) },
			ConnectMortal: func(t *testing.T) (messaging.Broker, func()) {
				l := newLine(t, k.server.Address("9092/tcp"))
				return k.connect(t, k.through(l)), l.die
			},
			Patience: time.Minute,
		}
	})
}
