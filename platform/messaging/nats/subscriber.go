package nats

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

// maxHeld is how many messages the server sends before the first of them is acknowledged.
const maxHeld = 4096

const flushTimeout = time.Second

// forgottenAfter is when the server removes the consumer of a broadcast subscription that went away.
const forgottenAfter = time.Minute

// source makes the consumer of a topic on the server, or finds it there. from is the stream sequence to go on with
// where a broadcast consumer is lost; 0 at first.
type source func(ctx context.Context, topic string, from uint64) (jetstream.Consumer, error)

// durable is a consumer that the instances of a service share; it remembers what they have acknowledged.
func (b *Broker) durable(service string) source {
	return func(ctx context.Context, topic string, _ uint64) (jetstream.Consumer, error) {
		return b.js.CreateOrUpdateConsumer(ctx, streamName, jetstream.ConsumerConfig{
			Durable:       service + "_" + topic,
			FilterSubject: subjectPrefix + topic,
			DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy:     jetstream.AckExplicitPolicy,
			AckWait:       b.options.AckWait,
			MaxAckPending: maxHeld,
		})
	}
}

// ephemeral is a consumer of one instance that begins at the stream's present end. It begins there by number: were it made
// anew with "only what is new", whatever was published since it was lost would be skipped.
func (b *Broker) ephemeral(ctx context.Context, topic string, from uint64) (jetstream.Consumer, error) {
	if from == 0 {
		stream, err := b.js.Stream(ctx, streamName)
		if err != nil {
			return nil, err
		}
		from = stream.CachedInfo().State.LastSeq + 1
	}
	return b.js.CreateConsumer(ctx, streamName, jetstream.ConsumerConfig{
		FilterSubject:     subjectPrefix + topic,
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       from,
		AckPolicy:         jetstream.AckExplicitPolicy,
		AckWait:           b.options.AckWait,
		MaxAckPending:     maxHeld,
		InactiveThreshold: forgottenAfter,
		MemoryStorage:     true,
	})
}

type subscriber struct {
	broker *Broker
	source source

	mu            sync.Mutex
	closed        bool
	subscriptions []*subscription
}

func newSubscriber(b *Broker, s source) *subscriber {
	return &subscriber{broker: b, source: s}
}

// Subscribe implements messaging.Subscriber.
func (s *subscriber) Subscribe(ctx context.Context, topic string) (<-chan []messaging.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("subscribe to %s: subscriber is closed", topic)
	}
	sub := newSubscription(s.broker, s.source, topic)
	if err := sub.begin(ctx); err != nil {
		return nil, fault.Away("message broker", fmt.Errorf("subscribe to %s: %w", topic, err))
	}
	go sub.run(context.AfterFunc(ctx, sub.stop))
	s.subscriptions = append(s.subscriptions, sub)
	return sub.out, nil
}

// Pending implements messaging.Subscriber; it can tell.
func (s *subscriber) Pending(ctx context.Context) (n int, ok bool, err error) {
	s.mu.Lock()
	subscriptions := s.subscriptions
	s.mu.Unlock()
	for _, sub := range subscriptions {
		more, err := sub.pending(ctx)
		if err != nil {
			return 0, true, fmt.Errorf("pending messages of %s: %w", sub.topic, err)
		}
		n += more
	}
	return n, true, nil
}

// Close implements messaging.Subscriber.
func (s *subscriber) Close() error {
	s.mu.Lock()
	s.closed = true
	subscriptions := s.subscriptions
	s.mu.Unlock()
	for _, sub := range subscriptions {
		sub.stop()
	}
	for _, sub := range subscriptions {
		<-sub.done
	}
	// The server gets the last acknowledgements before the connection closes. Where it is away they are lost, and the server
	// delivers those messages again, as after a crash.
	_ = s.broker.conn.FlushTimeout(flushTimeout)
	return nil
}
