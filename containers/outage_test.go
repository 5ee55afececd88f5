package containers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

// comesBack harms a broker while messages are in flight, and requires that nothing is lost, that callers hear of it within
// the time quick, and that everything goes on by itself. connect makes one connection for each harm.
func comesBack(t *testing.T, server *containers.Container, quick time.Duration, connect func(t *testing.T) messaging.Broker) {
	t.Helper()
	for _, trouble := range []struct {
		name           string
		harm, endsHarm func(*containers.Container) error
	}{
		{
			"after a restart",
			func(c *containers.Container) error { return c.Stop(t.Context()) },
			func(c *containers.Container) error { return c.Restart(t.Context()) },
		},
		{
			"after a kill",
			func(c *containers.Container) error { return c.Kill(t.Context()) },
			func(c *containers.Container) error { return c.Restart(t.Context()) },
		},
		{
			"after a standstill",
			func(c *containers.Container) error { return c.Pause(t.Context()) },
			func(c *containers.Container) error { return c.Unpause(t.Context()) },
		},
	} {
		t.Run(trouble.name, func(t *testing.T) {
			goesOn(t, connect(t), quick, func() error { return trouble.harm(server) }, func() error { return trouble.endsHarm(server) })
		})
	}
}

func goesOn(t *testing.T, b messaging.Broker, quick time.Duration, harm, endsHarm func() error) {
	t.Helper()
	durable, broadcast := receive(t, durable(t, b, "billing")), receive(t, broadcaster(t, b))
	load := publishUntilStopped(t, b)
	load.awaitSome(t)

	require.NoError(t, harm())
	late := message.NewMessage("late", nil)
	require.Eventually(t, func() bool {
		began := time.Now()
		kind := fault.KindOf(b.Publisher().Publish("test", late))
		require.Less(t, time.Since(began), quick, "a caller waits too long")
		return kind == fault.Unavailable
	}, patience, time.Millisecond)
	require.Eventually(t, func() bool { return b.Ping(t.Context()) != nil }, patience, time.Millisecond)
	requireConnected(t, b, 0)
	require.NoError(t, endsHarm())

	load.awaitSome(t)
	published := load.stop()
	durable.await(t, published)
	broadcast.await(t, published)
	require.NoError(t, b.Ping(t.Context()))
	requireConnected(t, b, 1)
}

// requireConnected waits for the metric, which also was told of the troubles in between.
func requireConnected(t *testing.T, b messaging.Broker, want int) {
	t.Helper()
	help := "# HELP messaging_client_connected 1 while the broker can be reached, 0 while it is away.\n" +
		"# TYPE messaging_client_connected gauge\n"
	value := map[int]string{0: "messaging_client_connected 0\n", 1: "messaging_client_connected 1\n"}
	require.Eventually(t, func() bool {
		return testutil.CollectAndCompare(b.Link(), strings.NewReader(help+value[want]), "messaging_client_connected") == nil
	}, patience, 10*time.Millisecond)
}
