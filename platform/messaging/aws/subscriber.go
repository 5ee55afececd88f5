package aws

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/myevents/myevents/platform/messaging"
)

func newSubscriber(b *Broker, source source) *messaging.Subscriptions {
	return &messaging.Subscriptions{Open: func(ctx context.Context, topic string) (messaging.Subscription, error) {
		sub := newSubscription(b, source, topic)
		if err := sub.open(ctx); err != nil {
			return messaging.Subscription{}, err
		}
		run := func() { sub.run(context.WithoutCancel(ctx)) }
		return messaging.Subscription{Batches: sub.out, Run: run, Stop: sub.stop, Pending: sub.pending}, nil
	}}
}

// pending is what SQS counts approximately: it may take a minute to know what has changed.
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
