package containers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/brokers"
)

// shareRabbitMQ returns the URL of a virtual host on the server that the tests share.
func shareRabbitMQ(t testing.TB) string {
	t.Helper()
	server, err := rabbitMQ()
	require.NoError(t, err)
	server.LogOnFailure(t)
	return virtualHost(t, server)(server.Address("5672/tcp"))
}

// ownRabbitMQ returns a server that is not shared.
func ownRabbitMQ(t *testing.T, part containers.Part) *containers.Container {
	t.Helper()
	server, err := containers.Start(t.Context(), part)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Remove(context.Background())) })
	server.LogOnFailure(t)
	return server
}

// All harm is done to the same queue: RabbitMQ 3.10 may lose one that it made in the second before it is killed.
func TestRabbitMQComesBack(t *testing.T) {
	t.Parallel()
	part := containers.RabbitMQ()
	part.Name = "rabbitmq-harmed"
	server := ownRabbitMQ(t, part)
	url := virtualHost(t, server)(server.Address("5672/tcp"))
	comesBack(t, server, 12*time.Second, func(t *testing.T) messaging.Broker { return connectRabbitMQ(t, url) })
}

// A server that is short of memory takes no messages. It still answers consumers, whose acknowledgements free memory.
func TestRabbitMQShortOfMemoryRefusesOnlyMessages(t *testing.T) {
	t.Parallel()
	part := containers.RabbitMQ()
	part.Name = "rabbitmq-short"
	part.Env["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-rabbit vm_memory_high_watermark {absolute,1000000}"
	server := ownRabbitMQ(t, part)
	b := connectRabbitMQ(t, virtualHost(t, server)(server.Address("5672/tcp")))
	require.Equal(t, fault.Unavailable, fault.KindOf(b.Publisher().Publish("test", keyed("1", "a"))))
	require.Contains(t, b.Stats()["publisher"], "blocked")
	began := time.Now()
	err := b.Publisher().Publish("test", keyed("2", "a"))
	require.ErrorContains(t, err, "short of memory")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.Less(t, time.Since(began), time.Second)

	s := durable(t, b, "billing")
	receive(t, s)
	_, ok, err := s.Pending(t.Context())
	require.NoError(t, err)
	require.True(t, ok)
}

func TestRabbitMQCountsWhatIsPending(t *testing.T) {
	t.Parallel()
	b := connectRabbitMQ(t, shareRabbitMQ(t))
	countsWhatIsPending(t, b, 100)
}

func TestRabbitMQDoesNotForgetWhatIsNotSettled(t *testing.T) {
	t.Parallel()
	b := connectRabbitMQ(t, shareRabbitMQ(t)+"?prefetch=20")
	s := durable(t, b, "billing")
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	require.NoError(t, b.Publisher().Publish("test", numbered(100)...))
	stuck := acknowledgeAllBut(batches, 100, "0", "7", "99") // more than prefetch: what is stuck must not hold up the rest
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	stuck["0"].Ack()
	stuck["7"].Nack()
	stuck["99"].Nack()
	require.NoError(t, <-closed)
	after := receive(t, durable(t, b, "billing"))
	after.await(t, []string{"7", "99"})
	require.ElementsMatch(t, []string{"7", "99"}, after.received())
}

func TestRabbitMQDeliversNackedMessagesAgainAtLeisure(t *testing.T) {
	t.Parallel()
	b := connectRabbitMQ(t, shareRabbitMQ(t))
	s := durable(t, b, "billing")
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	require.NoError(t, b.Publisher().Publish("test", keyed("bad", "a")))
	began := time.Now()
	const attempts = 30 // more than RabbitMQ 4 allows by default
	for range attempts {
		(<-batches)[0].Nack()
	}
	require.Greater(t, time.Since(began), (attempts-1)*90*time.Millisecond)
	(<-batches)[0].Ack()
	require.NoError(t, s.Close())
}

func TestRabbitMQCountsWhatNobodyHasSubscribedTo(t *testing.T) {
	t.Parallel()
	b := connectRabbitMQ(t, shareRabbitMQ(t))
	receive(t, durable(t, b, "billing")) // of topic test
	require.NoError(t, b.Publisher().Publish("other", keyed("1", "a"), keyed("2", "b")))
	require.NoError(t, b.Publisher().Publish("test", keyed("3", "a")))
	require.NoError(t, testutil.CollectAndCompare(b.Link(), strings.NewReader("# HELP messaging_client_unrouted_messages_total "+
		"Messages published that the broker did not keep, because no service has ever subscribed to their topic.\n"+`
		# TYPE messaging_client_unrouted_messages_total counter
		messaging_client_unrouted_messages_total 2
	`), "messaging_client_unrouted_messages_total"))
}

func TestRabbitMQPublishHeedsTheContextOfItsMessages(t *testing.T) {
	t.Parallel()
	b := connectRabbitMQ(t, shareRabbitMQ(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := keyed("1", "a")
	m.SetContext(ctx)
	require.ErrorIs(t, b.Publisher().Publish("test", m), context.Canceled)
}

func TestRabbitMQTakesSubjectsOfAnyLength(t *testing.T) {
	t.Parallel()
	b := connectRabbitMQ(t, shareRabbitMQ(t))
	in := receive(t, durable(t, b, "billing"))
	require.NoError(t, b.Publisher().Publish("test", keyed("1", strings.Repeat("ü", 500)), keyed("2", "a.b.*.#"), keyed("3", "")))
	in.await(t, []string{"1", "2", "3"})
}

func TestRabbitMQRefusalsAreClearAndShowNoPassword(t *testing.T) {
	t.Parallel()
	server, err := rabbitMQ()
	require.NoError(t, err)
	address := server.Address("5672/tcp")
	for name, test := range map[string]struct{ url, says string }{
		"wrong password": {
			"amqp://" + containers.RabbitMQUser + ":hunter2@" + address,
			"connect to message broker at amqp://myevents:xxxxx@" + address + `: Exception (403) Reason: "username or password not allowed"`,
		},
		"unknown virtual host": {
			"amqp://" + containers.RabbitMQUser + ":" + containers.RabbitMQPassword + "@" + address + "/nowhere",
			"connect to message broker at amqp://myevents:xxxxx@" + address + `/nowhere: Exception (403) Reason: "no access to this vhost"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, err := brokers.Open(t.Context(), test.url, brokers.Options{})
			require.EqualError(t, err, test.says)
			require.Less(t, time.Since(began), 10*time.Second)
		})
	}
}

func TestRabbitMQRemovesTheQueueOfABroadcaster(t *testing.T) {
	t.Parallel()
	server, err := rabbitMQ()
	require.NoError(t, err)
	url := shareRabbitMQ(t)
	queues := func() (names []string) {
		t.Helper()
		address := "http://" + server.Address("15672/tcp") + "/api/queues" + url[strings.LastIndex(url, "/"):] + "?columns=name"
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		require.NoError(t, err)
		req.SetBasicAuth(containers.RabbitMQUser, containers.RabbitMQPassword)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		var answer []struct{ Name string }
		require.NoError(t, json.NewDecoder(res.Body).Decode(&answer))
		for _, q := range answer {
			names = append(names, q.Name)
		}
		return names
	}
	b := connectRabbitMQ(t, url)
	receive(t, durable(t, b, "billing"))
	s := broadcaster(t, b)
	receive(t, s)
	require.Len(t, queues(), 2)
	require.NoError(t, s.Close())
	require.Equal(t, []string{"billing.test"}, queues())
}

// This test is not parallel: it counts the goroutines of the process.
func TestRabbitMQCloseLeavesNoGoroutine(t *testing.T) {
	url := shareRabbitMQ(t)
	leavesNoGoroutine(t, func() messaging.Broker {
		b, err := brokers.Open(t.Context(), url, brokers.Options{})
		require.NoError(t, err)
		return b
	})
}
