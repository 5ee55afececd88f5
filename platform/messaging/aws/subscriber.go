package aws

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

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
	if err := sub.open(ctx); err != nil {
		return nil, fault.Away("message broker", fmt.Errorf("subscribe to %s: %w", topic, err))
	}
	go sub.run(context.WithoutCancel(ctx), context.AfterFunc(ctx, sub.stop))
	s.subscriptions = append(s.subscriptions, sub)
	return sub.out, nil
}

// Pending implements messaging.Subscriber. SQS counts approximately: it may take a minute to know what has changed.
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

func (s *subscription) pending(ctx context.Context) (n int, err error) {
	q := s.place()
	answer, err := s.broker.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		},
	})
	if err != nil {
		return 0, err
	}
	for name, value := range answer.Attributes {
		count, err := strconv.Atoi(value)
		if err != nil {
			return 0, fmt.Errorf("attribute %s: %w", name, err)
		}
		n += count
	}
	return n, nil
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
