package containers_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
)

// patience is how long tests wait for a message; more than it takes a broker to come back, or to see that a consumer died.
const patience = time.Minute

func durable(t *testing.T, b messaging.Broker, service string) messaging.Subscriber {
	t.Helper()
	s, err := b.Subscriber(service)
	require.NoError(t, err)
	return s
}

func broadcaster(t *testing.T, b messaging.Broker) messaging.Subscriber {
	t.Helper()
	s, err := b.Broadcaster("gateway")
	require.NoError(t, err)
	return s
}

func keyed(id, key string) *message.Message {
	m := message.NewMessage(id, []byte(id))
	m.Metadata.Set(messaging.MetadataSubject, key)
	return m
}

// numbered are messages of one key, "0" to n-1.
func numbered(n int) []*message.Message {
	messages := make([]*message.Message, n)
	for i := range messages {
		messages[i] = keyed(fmt.Sprint(i), "a")
	}
	return messages
}

// acknowledgeAllBut receives count messages and returns those of the ids, which it leaves unsettled.
func acknowledgeAllBut(batches <-chan []messaging.Delivery, count int, ids ...string) map[string]messaging.Delivery {
	stuck := map[string]messaging.Delivery{}
	for left := count; left > 0; {
		batch := <-batches
		left -= len(batch)
		for _, d := range batch {
			if id := string(d.Payload()); slices.Contains(ids, id) {
				stuck[id] = d
				continue
			}
			d.Ack()
		}
	}
	return stuck
}

// inbox acknowledges what it receives, until the test ends.
type inbox struct {
	mu  sync.Mutex
	ids []string
}

func receive(t *testing.T, s messaging.Subscriber) *inbox {
	t.Helper()
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	in := &inbox{}
	var receiver sync.WaitGroup
	receiver.Go(func() {
		for batch := range batches {
			for _, d := range batch {
				in.take(d)
			}
		}
	})
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		receiver.Wait()
	})
	return in
}

func (in *inbox) take(d messaging.Delivery) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ids = append(in.ids, string(d.Payload()))
	d.Ack()
}

func (in *inbox) received() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.ids)
}

// await waits until the inboxes together have every id.
func (in *inbox) await(t *testing.T, want []string, others ...*inbox) {
	t.Helper()
	var missing string
	require.Eventually(t, func() bool {
		seen := map[string]bool{}
		for _, i := range append(others, in) {
			for _, id := range i.received() {
				seen[id] = true
			}
		}
		for _, missing = range want {
			if !seen[missing] {
				return false
			}
		}
		return true
	}, patience, 10*time.Millisecond, "a message is missing, such as %s", &missing)
}

// awaitSome waits for messages that are not there yet.
func (in *inbox) awaitSome(t *testing.T) {
	t.Helper()
	before := len(in.received())
	require.Eventually(t, func() bool { return len(in.received()) >= before+100 }, patience, 10*time.Millisecond)
}

// load publishes all the time. What fails it leaves alone: what was acknowledged is in the topic once.
type load struct {
	inbox // of what was acknowledged

	cancel context.CancelFunc
	ended  chan struct{}
}

// publishUntilStopped publishes until the test ends, if it is not stopped before.
func publishUntilStopped(t *testing.T, b messaging.Broker) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cancel: cancel, ended: make(chan struct{})}
	t.Cleanup(func() { l.stop() })
	run := rand.Text() // its ids differ from those that an earlier one has left in a queue
	go func() {
		defer close(l.ended)
		for batch := 0; ctx.Err() == nil; batch++ {
			messages := make([]*message.Message, 20)
			for i := range messages {
				messages[i] = keyed(fmt.Sprintf("%s.%d.%d", run, batch, i), fmt.Sprint("key", i))
			}
			if b.Publisher().Publish("test", messages...) == nil {
				l.acknowledged(messages)
			}
		}
	}()
	return l
}

func (l *load) acknowledged(messages []*message.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range messages {
		l.ids = append(l.ids, m.UUID)
	}
}

// stop returns the ids that were acknowledged.
func (l *load) stop() []string {
	l.cancel()
	<-l.ended
	return l.received()
}

func pendingOf(t *testing.T, s messaging.Subscriber) int {
	t.Helper()
	n, ok, err := s.Pending(t.Context())
	require.NoError(t, err)
	require.True(t, ok)
	return n
}

// countsWhatIsPending requires of each of n messages that it is pending from its publishing until it is acknowledged.
func countsWhatIsPending(t *testing.T, b messaging.Broker, n int) {
	t.Helper()
	s := durable(t, b, "billing")
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.Zero(t, pendingOf(t, s))
	for i := range n {
		require.NoError(t, b.Publisher().Publish("test", keyed(fmt.Sprint(i), "a")))
		require.NotZero(t, pendingOf(t, s), "message %d is not acknowledged", i)
		(<-batches)[0].Ack()
		require.Eventually(t, func() bool { return pendingOf(t, s) == 0 }, patience, time.Millisecond)
	}
}

// leavesNoGoroutine uses a broker and requires that closing ends all that it has started. open is called twice: what a
// client library starts once in a process stays.
func leavesNoGoroutine(t *testing.T, open func() messaging.Broker) {
	t.Helper()
	require.NoError(t, open().Close())
	before := runtime.NumGoroutine()
	b := open()
	for i, subscriber := range []messaging.Subscriber{durable(t, b, "billing"), broadcaster(t, b)} {
		batches, err := subscriber.Subscribe(t.Context(), "test")
		require.NoError(t, err)
		require.NoError(t, b.Publisher().Publish("test", keyed(fmt.Sprint(i), "a")))
		(<-batches)[0].Ack()
		require.NoError(t, subscriber.Close())
	}
	require.NoError(t, b.Close())
	require.Error(t, b.Publisher().Publish("test", keyed("late", "a")))
	// One more is Eventually's own.
	if !assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, patience, 10*time.Millisecond) {
		require.NoError(t, pprof.Lookup("goroutine").WriteTo(t.Output(), 1))
	}
}
