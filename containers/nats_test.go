package containers_test

import (
	"context"
	"fmt"
	"strings"
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

// natsAccounts is how many tests one server can take: each has an account, whose messages no other one sees.
const natsAccounts = 32

var natsServer = sync.OnceValues(func() (*containers.Container, error) {
	part := containers.NATS()
	var accounts strings.Builder
	for i := range natsAccounts {
		fmt.Fprintf(&accounts, "a%d: {jetstream: enabled, users: [{user: u%d, password: p}]}\n", i, i)
	}
	part.Files["/nats.conf"] += "accounts: {\n" + accounts.String() + "}\n"
	return containers.Start(context.Background(), part)
})

func TestNATS(t *testing.T) {
	t.Parallel()
	server, err := natsServer()
	require.NoError(t, err)
	server.LogOnFailure(t)
	var account atomic.Int32
	brokertest.Run(t, func(*testing.T) brokertest.Harness {
		user := fmt.Sprintf("u%d:p", account.Add(1))
		connect := func(t *testing.T, address string) messaging.Broker {
			t.Helper()
			b, err := brokers.Open(t.Context(), "nats://"+user+"@"+address+"?ack_wait=1s&sync_lag=1s", brokers.Options{Client: t.Name()})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, b.Close()) })
			return b
		}
		return brokertest.Harness{
			Connect: func(t *testing.T) messaging.Broker { return connect(t, server.Address("4222/tcp")) },
			ConnectMortal: func(t *testing.T) (messaging.Broker, func()) {
				l := newLine(t, server.Address("4222/tcp"))
				return connect(t, l.address()), l.die
			},
			Patience: 20 * time.Second,
		}
	})
}
