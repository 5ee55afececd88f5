package containers_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/brokers"
	"github.com/myevents/myevents/platform/messaging/brokertest"
)

// rabbitMQ is shared by the tests that leave the server alone; each has a virtual host of its own.
var rabbitMQ = sync.OnceValues(func() (*containers.Container, error) {
	return containers.Start(context.Background(), containers.RabbitMQ())
})

var virtualHosts atomic.Int32

// virtualHost returns the URL of a new one, as reached over the address.
func virtualHost(t testing.TB, server *containers.Container) func(address string) string {
	t.Helper()
	name := fmt.Sprintf("test-%d", virtualHosts.Add(1))
	require.NoError(t, containers.MakeVirtualHost(t.Context(), server, name))
	return func(address string) string {
		return "amqp://" + containers.RabbitMQUser + ":" + containers.RabbitMQPassword + "@" + address + "/" + name
	}
}

func connectRabbitMQ(t testing.TB, url string) messaging.Broker {
	t.Helper()
	b, err := brokers.Open(t.Context(), url, brokers.Options{Client: t.Name()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

func TestRabbitMQ(t *testing.T) {
	t.Parallel()
	server, err := rabbitMQ()
	require.NoError(t, err)
	server.LogOnFailure(t)
	brokertest.Run(t, func(t *testing.T) brokertest.Harness {
		url := virtualHost(t, server)
		return brokertest.Harness{
			Connect: func(t *testing.T) messaging.Broker { return connectRabbitMQ(t, url(server.Address("5672/tcp"))) },
			ConnectMortal: func(t *testing.T) (messaging.Broker, func()) {
				l := newLine(t, server.Address("5672/tcp"))
				return connectRabbitMQ(t, url(l.address())), l.die
			},
			Patience: 30 * time.Second,
		}
	})
}
