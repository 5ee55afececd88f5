package messaging

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/myevents/myevents/platform/fault"
)

// Subscription brings the messages of one topic to one channel, as Subscriber.Subscribe says. An adapter makes one whose
// messages can flow; Subscriptions runs it.
type Subscription struct {
	Batches <-chan []Delivery
	// Run is the subscription's goroutine. It ends after Stop, when everything that Batches yielded is settled or has had its
	// time, and closes Batches then.
	Run func()
	// Stop begins the end and waits for nothing. It may be called again, and before Run.
	Stop func()
	// Pending returns how many messages are still to be acknowledged, those included that have not arrived.
	Pending func(ctx context.Context) (int, error)
}

// Subscriptions is a Subscriber that can tell what is pending: what is the same in all adapters. Open is needed; it is
// called for one topic after the other.
type Subscriptions struct {
	Open func(ctx context.Context, topic string) (Subscription, error)
	// Patience is how long Close waits; 0 where subscriptions end by themselves in time.
	Patience time.Duration

	mu     sync.Mutex
	closed bool
	open   []running
}

type running struct {
	Subscription
	topic string
	ended chan struct{} // closed when Run has ended
}

// Subscribe implements Subscriber.
func (s *Subscriptions) Subscribe(ctx context.Context, topic string) (<-chan []Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("subscribe to %s: subscriber is closed", topic)
	}
	sub, err := s.Open(ctx, topic)
	if err != nil {
		return nil, fault.Away("message broker", fmt.Errorf("subscribe to %s: %w", topic, err))
	}
	r := running{Subscription: sub, topic: topic, ended: make(chan struct{})}
	forget := context.AfterFunc(ctx, sub.Stop)
	go func() {
		defer close(r.ended)
		defer forget() // a context that never ends shall not keep the subscription in memory
		sub.Run()
	}()
	s.open = append(s.open, r)
	return sub.Batches, nil
}

// Pending implements Subscriber.
func (s *Subscriptions) Pending(ctx context.Context) (n int, ok bool, err error) {
	s.mu.Lock()
	open := s.open
	s.mu.Unlock()
	for _, r := range open {
		more, err := r.Pending(ctx)
		if err != nil {
			return 0, true, fmt.Errorf("pending messages of %s: %w", r.topic, err)
		}
		n += more
	}
	return n, true, nil
}

// Close implements Subscriber.
func (s *Subscriptions) Close() error {
	s.mu.Lock()
	s.closed = true
	open := s.open
	s.mu.Unlock()
	for _, r := range open {
		r.Stop()
	}
	var timeout <-chan time.Time // never, where there is no limit
	if s.Patience > 0 {
		timeout = time.After(s.Patience)
	}
	for _, r := range open {
		select {
		case <-r.ended:
		case <-timeout:
			return nil
		}
	}
	return nil
}
