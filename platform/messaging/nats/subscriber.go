package nats

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

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
	messaging.Subscriptions
	broker *Broker
}

func newSubscriber(b *Broker, source source) *subscriber {
	s := &subscriber{broker: b}
	s.Open = func(ctx context.Context, topic string) (messaging.Subscription, error) {
		sub := newSubscription(b, source, topic)
		if err := sub.begin(ctx); err != nil {
			return messaging.Subscription{}, err
		}
		return messaging.Subscription{Batches: sub.out, Run: sub.run, Stop: sub.stop, Pending: sub.pending}, nil
	}
	return s
}

// Close implements messaging.Subscriber.
func (s *subscriber) Close() error {
	err := s.Subscriptions.Close()
	// The server gets the last acknowledgements before the connection closes. Where it is away they are lost, and the server
	// delivers those messages again, as after a crash.
	_ = s.broker.conn.FlushTimeout(flushTimeout)
	return err
}
