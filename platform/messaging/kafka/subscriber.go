package kafka

import (
	"context"
	"time"

	"github.com/myevents/myevents/platform/messaging"
)

// closeTimeout is how long Close waits: until the receiver has settled everything, which takes drainTimeout at most, and
// until the servers know. Where those are away, they notice by themselves that this instance is gone.
const closeTimeout = drainTimeout + 4*time.Second

// source is where the messages of a subscription come from.
type source interface {
	// run brings messages until ctx ends, and then returns when they are settled or have had their time.
	run(ctx context.Context)
	// pending returns how many messages are not settled, those included that have not come.
	pending() (int, error)
}

func newSubscriber(b *Broker, open func(context.Context, *subscription) (source, error)) *messaging.Subscriptions {
	return &messaging.Subscriptions{
		Open: func(ctx context.Context, topic string) (messaging.Subscription, error) {
			sub := newSubscription(b, topic)
			err := b.ensureTopic(ctx, topic)
			if err == nil {
				sub.source, err = open(ctx, sub)
			}
			if err != nil {
				sub.stop()
				return messaging.Subscription{}, err
			}
			pending := func(ctx context.Context) (int, error) { return within(ctx, sub.source.pending) }
			return messaging.Subscription{Batches: sub.out, Run: sub.run, Stop: sub.stop, Pending: pending}, nil
		},
		Patience: closeTimeout,
	}
}
