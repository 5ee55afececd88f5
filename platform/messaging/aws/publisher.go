package aws

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

// The limits of one call to publish; those of SQS for its batches are the same.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-batch-api-actions.html
const (
	maxEntries = 10
	maxBytes   = 256 << 10
)

// publisher publishes payloads and nothing else: whoever handles the document reads its key and its id there.
type publisher struct {
	broker *Broker
	gate   messaging.Gate

	mu     sync.Mutex
	topics map[string]string // ARNs of those known to be there
}

func newPublisher(b *Broker) *publisher {
	return &publisher{broker: b, topics: map[string]string{}}
}

// Publish returns when SNS has acknowledged all messages, or with the first error. Their order is lost on the way anyway,
// so that several calls carry them at the same time.
func (p *publisher) Publish(topic string, messages ...*message.Message) error {
	if err := p.gate.Enter(); err != nil {
		return err
	}
	defer p.gate.Leave()
	if err := messaging.CheckSizes(messages); err != nil {
		return err
	}
	if len(messages) == 0 {
		return nil
	}
	if err := p.publish(messages[0].Context(), topic, messages); err != nil {
		return fmt.Errorf("publish %d messages to %s: %w", len(messages), topic, err)
	}
	return nil
}

// publish ends with the first error: what is left is published again with the rest.
func (p *publisher) publish(ctx context.Context, topic string, messages []*message.Message) error {
	calls, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	batches := pack(messages)
	parallel(len(batches), func(i int) {
		if err := p.send(calls, topic, batches[i]); err != nil {
			cancel(err)
		}
	})
	switch err := context.Cause(calls); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fault.Away("message broker", err)
	}
}

// send makes one call. Where somebody has removed the topic it is made anew, once.
func (p *publisher) send(ctx context.Context, topic string, batch []types.PublishBatchRequestEntry) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	err := p.trySend(ctx, topic, batch)
	if _, gone := errors.AsType[*types.NotFoundException](err); gone {
		p.forget(topic)
		err = p.trySend(ctx, topic, batch)
	}
	return err
}

func (p *publisher) trySend(ctx context.Context, topic string, batch []types.PublishBatchRequestEntry) error {
	topicARN, err := p.arn(ctx, topic)
	if err != nil {
		return err
	}
	answer, err := p.broker.sns.PublishBatch(ctx, &sns.PublishBatchInput{TopicArn: &topicARN, PublishBatchRequestEntries: batch})
	if err != nil {
		return err
	}
	if len(answer.Failed) > 0 {
		first := answer.Failed[0]
		return fmt.Errorf("%d of %d messages were refused, the first for %s: %s",
			len(answer.Failed), len(batch), awssdk.ToString(first.Code), awssdk.ToString(first.Message))
	}
	return nil
}

// arn returns the topic's ARN. Several may ask SNS for it at the same time at first.
func (p *publisher) arn(ctx context.Context, topic string) (string, error) {
	p.mu.Lock()
	known := p.topics[topic]
	p.mu.Unlock()
	if known != "" {
		return known, nil
	}
	made, err := p.broker.ensureTopic(ctx, topic)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.topics[topic] = made.String()
	return made.String(), nil
}

func (p *publisher) forget(topic string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.topics, topic)
}

// pack makes batches that one call may carry.
func pack(messages []*message.Message) (batches [][]types.PublishBatchRequestEntry) {
	var batch []types.PublishBatchRequestEntry
	size := 0
	for _, m := range messages {
		e, n := entry(m.Payload)
		if len(batch) == maxEntries || len(batch) > 0 && size+n > maxBytes {
			batches, batch, size = append(batches, batch), nil, 0
		}
		e.Id = awssdk.String(strconv.Itoa(len(batch)))
		batch, size = append(batch, e), size+n
	}
	return append(batches, batch)
}

// entry is a message, and how many bytes of a call it counts for.
func entry(payload []byte) (e types.PublishBatchRequestEntry, size int) {
	text, encoding := encode(payload)
	e.Message, size = &text, len(text)
	if encoding != "" {
		e.MessageAttributes = map[string]types.MessageAttributeValue{
			attributeEncoding: {DataType: awssdk.String("String"), StringValue: &encoding},
		}
		size += len(attributeEncoding) + len("String") + len(encoding)
	}
	return e, size
}

// Close refuses new messages and waits for those under way.
func (p *publisher) Close() error {
	p.gate.Close()
	return nil
}
