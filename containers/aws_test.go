package containers_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/brokers"
	"github.com/myevents/myevents/platform/messaging/brokertest"
)

// sharedAWS is the server of all tests that do no harm to it.
var sharedAWS = sync.OnceValues(func() (*containers.Container, error) {
	return startAWS(context.Background(), containers.AWS())
})

func startAWS(ctx context.Context, p containers.Part) (*containers.Container, error) {
	if err := errors.Join(os.Setenv("AWS_ACCESS_KEY_ID", "anything"), os.Setenv("AWS_SECRET_ACCESS_KEY", "anything")); err != nil {
		return nil, err
	}
	return containers.Start(ctx, p)
}

// awsPrefixes are a name of its own for each test.
var awsPrefixes atomic.Int64

// awsAccount is a server, and a part of its names that nobody else uses.
type awsAccount struct {
	address string
	prefix  string
}

func shareAWS(t testing.TB) awsAccount {
	t.Helper()
	server, err := sharedAWS()
	require.NoError(t, err)
	server.LogOnFailure(t)
	return awsAccount{server.Address("5000/tcp"), fmt.Sprintf("test%d-", awsPrefixes.Add(1))}
}

// through is the same account on another line.
func (a awsAccount) through(l *line) awsAccount {
	a.address = l.address()
	return a
}

// connect is for the length of a test. The visibility is short: it is how long the messages of dead instances stay away.
func (a awsAccount) connect(t testing.TB, parameters ...string) messaging.Broker {
	t.Helper()
	query := url.Values{"endpoint": {"http://" + a.address}, "prefix": {a.prefix}, "visibility": {"2s"}}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	b, err := brokers.Open(t.Context(), "aws://us-east-1?"+query.Encode(), brokers.Options{Client: "test"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	return b
}

func TestAWS(t *testing.T) {
	t.Parallel()
	brokertest.Run(t, func(t *testing.T) brokertest.Harness {
		account := shareAWS(t)
		return brokertest.Harness{
			Connect: func(t *testing.T) messaging.Broker { return account.connect(t) },
			ConnectMortal: func(t *testing.T) (messaging.Broker, func()) {
				l := newLine(t, account.address)
				return account.through(l).connect(t), l.die
			},
			Patience: patience,
		}
	})
}
