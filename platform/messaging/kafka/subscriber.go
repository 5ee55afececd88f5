package kafka

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

// closeTimeout is how long Close waits: until the receiver has settled everything, which takes drainTimeout at most, and
// until the servers know.
const closeTimeout = drainTimeout + 4*time.Second

// source is where the messages of a subscription come from.
type source interface {
	// run brings messages until ctx ends, and then returns when they are settled or have had their time.
	run(ctx context.Context)
	// pending returns how many messages are not settled, those included that have not come.
	pending() (int, error)
}

type subscriber struct {
	broker *Broker
	open   func(context.Context, *subscription) (source, error)

	mu            sync.Mutex
	closed        bool
	subscriptions []*subscription
}

func newSubscriber(b *Broker, open func(context.Context, *subscription) (source, error)) *subscriber {
	return &subscriber{broker: b, open: open}
}

// Subscribe implements messaging.Subscriber.
func (s *subscriber) Subscribe(ctx context.Context, topic string) (<-chan []messaging.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("subscribe to %s: subscriber is closed", topic)
	}
	sub := newSubscription(s.broker, topic)
	err := s.broker.ensureTopic(ctx, topic)
	if err == nil {
		sub.source, err = s.open(ctx, sub)
	}
	if err != nil {
		sub.stop()
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
		more, err := within(ctx, sub.source.pending)
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
	timeout := time.After(closeTimeout)
	for _, sub := range subscriptions {
		select {
		case <-sub.done:
		case <-timeout: // the servers are away; they notice by themselves that this instance is gone
			return nil
		}
	}
	return nil
}
