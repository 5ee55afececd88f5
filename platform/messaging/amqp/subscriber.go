package amqp

import (
	"context"
	"fmt"
	"sync"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

type subscriber struct {
	broker *Broker
	queue  func(topic string) queue

	mu            sync.Mutex
	closed        bool
	subscriptions []*subscription
}

func newSubscriber(b *Broker, queue func(topic string) queue) *subscriber {
	return &subscriber{broker: b, queue: queue}
}

// Subscribe implements messaging.Subscriber.
func (s *subscriber) Subscribe(ctx context.Context, topic string) (<-chan []messaging.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("subscribe to %s: subscriber is closed", topic)
	}
	sub := newSubscription(s.broker, s.queue(topic))
	first, err := sub.open(ctx)
	if err != nil {
		return nil, fault.Away("message broker", fmt.Errorf("subscribe to %s: %w", topic, err))
	}
	sub.session.Store(first)
	go sub.run(first, context.AfterFunc(ctx, sub.stop))
	s.subscriptions = append(s.subscriptions, sub)
	return sub.out, nil
}

// Pending implements messaging.Subscriber. The server tells how many messages wait in the queue; those that an instance
// holds, only the instance knows. So this counts the service's messages but for what its other instances hold, which is no
// more than their prefetch.
func (s *subscriber) Pending(ctx context.Context) (n int, ok bool, err error) {
	s.mu.Lock()
	subscriptions := s.subscriptions
	s.mu.Unlock()
	for _, sub := range subscriptions {
		more, err := sub.pending(ctx)
		if err != nil {
			return 0, true, fmt.Errorf("pending messages of %s: %w", sub.queue.topic, err)
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
	return nil
}
