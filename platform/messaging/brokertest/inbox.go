package brokertest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
)

const topic = "brokertest"

// outgoing returns a message with the id, which is its payload too, under the key.
func outgoing(id, key string) *message.Message {
	m := message.NewMessage(id, []byte(id))
	m.Metadata.Set(messaging.MetadataSubject, key)
	return m
}

// numbered returns n messages under a few keys; those of a key carry its versions 1, 2, 3 in their ids: "key/version".
func numbered(n, keys int) []*message.Message {
	messages := make([]*message.Message, n)
	for i := range messages {
		key := fmt.Sprintf("key%d", i%keys)
		messages[i] = outgoing(fmt.Sprintf("%s/%d", key, i/keys+1), key)
	}
	return messages
}

func ids(messages []*message.Message) []string {
	all := make([]string, len(messages))
	for i, m := range messages {
		all[i] = m.UUID
	}
	return all
}

// inbox is what one instance of a service has received.
type inbox struct {
	subscriber messaging.Subscriber
	patience   time.Duration

	mu       sync.Mutex
	acked    []string // ids in the order of their acks
	attempts map[string]int
}

// ackAll is the judgement of an instance without trouble.
func ackAll(string, int) bool { return true }

// open subscribes an instance. judge says whether to ack the n-th delivery of a message to it.
func open(t *testing.T, h Harness, subscriber messaging.Subscriber, judge func(id string, n int) bool) *inbox {
	t.Helper()
	in := &inbox{subscriber: subscriber, patience: h.Patience, attempts: map[string]int{}}
	batches, err := subscriber.Subscribe(t.Context(), topic)
	require.NoError(t, err)
	var receiver sync.WaitGroup
	t.Cleanup(receiver.Wait)
	receiver.Go(func() {
		for batch := range batches {
			for _, d := range batch {
				in.take(d, judge)
			}
		}
	})
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })
	return in
}

func (in *inbox) take(d messaging.Delivery, judge func(id string, n int) bool) {
	id := string(d.Payload())
	in.mu.Lock()
	in.attempts[id]++
	n := in.attempts[id]
	in.mu.Unlock()
	if !judge(id, n) {
		d.Nack()
		return
	}
	in.mu.Lock()
	in.acked = append(in.acked, id)
	in.mu.Unlock()
	d.Ack()
}

// received returns the ids acked so far.
func (in *inbox) received() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]string{}, in.acked...)
}

// await waits until the inboxes together have every id.
func await(t *testing.T, want []string, inboxes ...*inbox) {
	t.Helper()
	var missing string
	require.Eventually(t, func() bool {
		seen := map[string]bool{}
		for _, in := range inboxes {
			for _, id := range in.received() {
				seen[id] = true
			}
		}
		for _, id := range want {
			if !seen[id] {
				missing = id
				return false
			}
		}
		return true
	}, inboxes[0].patience, 5*time.Millisecond, "a message is missing, such as %s", &missing)
}

func subscriber(t *testing.T, b messaging.Broker, service string) messaging.Subscriber {
	t.Helper()
	s, err := b.Subscriber(service)
	require.NoError(t, err)
	return s
}

// publish may run in any goroutine of a test.
func publish(t *testing.T, b messaging.Broker, messages ...*message.Message) {
	t.Helper()
	if err := b.Publisher().Publish(topic, messages...); err != nil {
		t.Errorf("publish: %v", err)
	}
}
