package nats_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"runtime/pprof"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/embedded"
	"github.com/myevents/myevents/platform/messaging/nats"
)

const patience = 20 * time.Second

// inbox yields the messages of a subscription one by one.
type inbox struct {
	batches <-chan []messaging.Delivery
	rest    []messaging.Delivery
}

func subscribe(t *testing.T, s messaging.Subscriber, err error) *inbox {
	t.Helper()
	require.NoError(t, err)
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	in := &inbox{batches: batches}
	t.Cleanup(func() {
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		in.nackRest() // else Close would wait for it
		require.NoError(t, <-closed)
	})
	return in
}

func (in *inbox) nackRest() {
	for open := true; open; in.rest, open = <-in.batches {
		for _, d := range in.rest {
			d.Nack()
		}
	}
}

func (in *inbox) receive(t *testing.T) messaging.Delivery {
	t.Helper()
	if len(in.rest) == 0 {
		select {
		case in.rest = <-in.batches:
		case <-time.After(patience):
			require.FailNow(t, "no message came")
		}
	}
	d := in.rest[0]
	in.rest = in.rest[1:]
	return d
}

func id(d messaging.Delivery) string { return string(d.Payload()) }

func send(t *testing.T, b *nats.Broker, id, key string) {
	t.Helper()
	m := message.NewMessage(id, []byte(id))
	m.Metadata.Set(messaging.MetadataSubject, key)
	require.NoError(t, b.Publisher().Publish("test", m))
}

func TestMessageInASlowHandlerStaysThere(t *testing.T) {
	t.Parallel()
	server := startServer(t, "")
	b, other := connect(t, server), connect(t, server)
	s, err := b.Subscriber("billing")
	slow := subscribe(t, s, err)
	send(t, b, "slow", "a")
	held := slow.receive(t)
	s, err = other.Subscriber("billing")
	idle := subscribe(t, s, err)
	select {
	case <-idle.batches:
		require.Fail(t, "another instance got a message that is being handled")
	case <-time.After(5 * ackWait / 2): // the server would have given up on an instance without signs of life
	}
	held.Ack()
}

func TestWhatIsNotSettledDoesNotHoldUpTheRest(t *testing.T) {
	t.Parallel()
	b := connect(t, startServer(t, ""))
	s, err := b.Subscriber("billing")
	messages := subscribe(t, s, err)
	send(t, b, "stuck", "a")
	stuck := messages.receive(t)
	for i := range 64 {
		send(t, b, fmt.Sprint(i), "a")
	}
	for range 64 {
		messages.receive(t).Ack()
	}
	stuck.Ack()
}

// A refused message must not look like one that was published.
func TestPublishFailsWhereNoStreamTakesTheMessage(t *testing.T) {
	t.Parallel()
	server := startServer(t, "")
	b := connect(t, server)
	js := jetStream(t, server)
	stream, err := js.Stream(t.Context(), "MYEVENTS")
	require.NoError(t, err)
	config := stream.CachedInfo().Config
	config.MaxMsgSize = 10
	_, err = js.UpdateStream(t.Context(), config)
	require.NoError(t, err)
	err = b.Publisher().Publish("test", message.NewMessage("1", make([]byte, 10)), message.NewMessage("2", make([]byte, 11)))
	require.ErrorContains(t, err, "message size exceeds maximum")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))

	require.NoError(t, js.DeleteStream(t.Context(), "MYEVENTS"))
	err = b.Publisher().Publish("test", message.NewMessage("3", nil))
	require.ErrorContains(t, err, "no answer from a stream")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

// A burst larger than what is asked for at once shows whether the subscription always asks again.
func TestLongBurstFlowsWithoutAStandstill(t *testing.T) {
	t.Parallel()
	b := connect(t, startServer(t, ""))
	publishAll(t, b, benchMessages(20_000))
	s, err := b.Subscriber("billing")
	require.NoError(t, err)
	batches, err := s.Subscribe(t.Context(), "bench")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	in := inbox{batches: batches}
	for range 20_000 {
		in.receive(t).Ack()
	}
}

func TestSubscriptionsOutliveARestartOfTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	options, err := nats.ParseURL(server.URL())
	require.NoError(t, err)
	b, err := nats.New(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	s, err := b.Subscriber("billing")
	durable := subscribe(t, s, err)
	s, err = b.Broadcaster("billing")
	broadcast := subscribe(t, s, err)
	send(t, b, "before", "a")
	durable.receive(t).Ack()
	broadcast.receive(t).Ack()

	address := server.URL()[len("nats://"):]
	server.Stop()
	late := message.NewMessage("late", nil)
	require.Eventually(t, func() bool {
		return fault.KindOf(b.Publisher().Publish("test", late)) == fault.Unavailable
	}, patience, 10*time.Millisecond)
	require.Error(t, b.Ping(t.Context()))

	server, err = embedded.Start(embedded.Options{Dir: dir, Listen: address})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	require.Eventually(t, func() bool { return b.Ping(t.Context()) == nil }, patience, 10*time.Millisecond)
	send(t, b, "after", "a")
	for _, in := range []*inbox{durable, broadcast} {
		d := in.receive(t)
		for id(d) != "after" { // acknowledgements of the last moment may be lost with the server
			d.Ack()
			d = in.receive(t)
		}
		d.Ack()
	}
}

func TestBroadcastOutlivesTheRemovalOfItsConsumer(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]string{"before its first message": nil, "in the middle": {"1", "2"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, "")
			b := connect(t, server)
			send(t, b, "too early", "a")
			s, err := b.Broadcaster("gateway")
			messages := subscribe(t, s, err)
			for _, id := range before {
				send(t, b, id, "a")
				messages.receive(t).Ack()
			}
			removeConsumers(t, server)
			send(t, b, "after", "a") // and before the subscription is repaired
			d := messages.receive(t)
			require.Equal(t, "after", id(d))
			d.Ack()
		})
	}
}

// jetStream is a client beside the broker's.
func jetStream(t *testing.T, server *embedded.Server) jetstream.JetStream {
	t.Helper()
	conn, err := natsio.Connect("", natsio.InProcessServer(server))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

func removeConsumers(t *testing.T, server *embedded.Server) {
	t.Helper()
	js := jetStream(t, server)
	stream, err := js.Stream(t.Context(), "MYEVENTS")
	require.NoError(t, err)
	for name := range stream.ConsumerNames(t.Context()).Name() {
		require.NoError(t, stream.DeleteConsumer(t.Context(), name))
	}
}

func TestPendingCountsUntilAllIsAcknowledged(t *testing.T) {
	t.Parallel()
	b := connect(t, startServer(t, ""))
	s, err := b.Subscriber("billing")
	messages := subscribe(t, s, err)
	pending := func() int {
		n, ok, err := s.Pending(t.Context())
		require.NoError(t, err)
		require.True(t, ok)
		return n
	}
	require.Zero(t, pending())
	for i := range 200 {
		send(t, b, fmt.Sprint(i), "a")
		require.NotZero(t, pending(), "message %d is not acknowledged", i)
		messages.receive(t).Ack()
		require.Eventually(t, func() bool { return pending() == 0 }, patience, time.Millisecond)
	}
}

func TestNewGivesUpWithoutAServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := nats.New(ctx, nats.Options{URL: "nats://user:secret@127.0.0.1:1"}) // nobody listens there
	require.ErrorContains(t, err, "connect to message broker at nats://user:xxxxx@127.0.0.1:1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotContains(t, err.Error(), "secret")
}

func TestNewWaitsForAServerThatStartsLate(t *testing.T) {
	t.Parallel()
	server := startServer(t, "")
	var attempts atomic.Int32
	late := &mortalLine{dial: func() (net.Conn, error) {
		if attempts.Add(1) < 3 {
			return nil, net.ErrClosed
		}
		return server.InProcessConn()
	}}
	require.NoError(t, connect(t, late).Ping(t.Context()))
}

func TestPublishHeedsTheContextOfItsMessages(t *testing.T) {
	t.Parallel()
	b := connect(t, startServer(t, ""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	messages := benchMessages(200)
	for _, m := range messages {
		m.SetContext(ctx)
	}
	require.ErrorIs(t, b.Publisher().Publish("test", messages...), context.Canceled)
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	o, err := nats.ParseURL("nats://user:secret@host:4222?sync_lag=5s&max_age=24h&ack_wait=10s")
	require.NoError(t, err)
	require.Equal(t, nats.Options{
		URL: "nats://user:secret@host:4222", SyncLag: 5 * time.Second, MaxAge: 24 * time.Hour, AckWait: 10 * time.Second,
	}, o)
	for name, test := range map[string]struct{ url, says string }{
		"no host":           {"nats://", "host is missing"},
		"unknown parameter": {"nats://u:secret@host?lag=5s", "parameter lag: unknown; known are ack_wait, max_age, sync_lag"},
		"no duration":       {"nats://host?sync_lag=soon", `parameter sync_lag: time: invalid duration "soon"`},
	} {
		_, err := nats.ParseURL(test.url)
		require.ErrorContains(t, err, test.says, name)
		require.NotContains(t, err.Error(), "secret", name)
	}
}

// This test is not parallel: it counts the goroutines of the process.
func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	b, err := server.Connect(t.Context())
	require.NoError(t, err)
	var subscribers []messaging.Subscriber
	for i, open := range []func(string) (messaging.Subscriber, error){b.Subscriber, b.Broadcaster} {
		s, err := open("billing")
		require.NoError(t, err)
		batches, err := s.Subscribe(t.Context(), "test")
		require.NoError(t, err)
		send(t, b, fmt.Sprint(i), "a")
		(&inbox{batches: batches}).receive(t).Ack()
		subscribers = append(subscribers, s)
	}
	for _, s := range subscribers {
		require.NoError(t, s.Close())
	}
	require.NoError(t, b.Close())
	server.Stop()
	// One more is Eventually's own.
	if !assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, patience, 10*time.Millisecond) {
		require.NoError(t, pprof.Lookup("goroutine").WriteTo(t.Output(), 1))
	}
}
