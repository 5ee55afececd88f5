package amqp

import (
	"context"

	"github.com/myevents/myevents/platform/messaging"
)

func newSubscriber(b *Broker, queue func(topic string) queue) *messaging.Subscriptions {
	return &messaging.Subscriptions{Open: func(ctx context.Context, topic string) (messaging.Subscription, error) {
		sub := newSubscription(b, queue(topic))
		first, err := sub.open(ctx)
		if err != nil {
			return messaging.Subscription{}, err
		}
		sub.session.Store(first)
		run := func() { sub.run(first) }
		return messaging.Subscription{Batches: sub.out, Run: run, Stop: sub.stop, Pending: sub.pending}, nil
	}}
}
