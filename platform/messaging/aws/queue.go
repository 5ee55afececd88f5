package aws

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	retention          = 14 * 24 * time.Hour // the longest there is; a service that was away for longer has to replay
	broadcastRetention = time.Hour           // so that a queue whose instance has died stays small until somebody removes it
)

// The tags of broadcast queues tell whose they are, for people who look for what dead instances have left behind.
const (
	tagService  = "myevents-broadcast"
	tagInstance = "myevents-instance"
)

// queue is where a service, or one instance of it, gets the messages of a topic.
type queue struct {
	url          string
	subscription string // ARN of the topic's subscription that fills it
}

// source makes the queue of a topic and subscribes it, or finds that done.
type source struct {
	open  func(ctx context.Context, topic string) (queue, error)
	close func(ctx context.Context, q queue) error // nil where the queue stays
}

// durable is a queue that the instances of a service share.
func (b *Broker) durable(service string) source {
	return source{open: func(ctx context.Context, topic string) (queue, error) {
		name := b.options.Prefix + service + "-" + topic
		from, err := b.ensureTopic(ctx, topic)
		if err != nil {
			return queue{}, err
		}
		dead := name + "-dead"
		if _, err := b.ensureQueue(ctx, dead, map[string]string{
			string(types.QueueAttributeNameMessageRetentionPeriod): seconds(retention),
		}, nil); err != nil {
			return queue{}, err
		}
		redrive, err := json.Marshal(map[string]any{
			"deadLetterTargetArn": queueARN(from, dead), "maxReceiveCount": b.options.MaxReceives,
		})
		if err != nil {
			return queue{}, err
		}
		return b.subscribe(ctx, from, name, map[string]string{
			string(types.QueueAttributeNameMessageRetentionPeriod): seconds(retention),
			string(types.QueueAttributeNameRedrivePolicy):          string(redrive),
		}, nil)
	}}
}

// temporary is a queue of one instance. Its name begins alike for all of them: see docs/brokers.md.
func (b *Broker) temporary(service string) source {
	instance := strings.ToLower(rand.Text()[:10])
	return source{
		open: func(ctx context.Context, topic string) (queue, error) {
			from, err := b.ensureTopic(ctx, topic)
			if err != nil {
				return queue{}, err
			}
			return b.subscribe(ctx, from, b.options.Prefix+"broadcast-"+service+"-"+topic+"-"+instance, map[string]string{
				string(types.QueueAttributeNameMessageRetentionPeriod): seconds(broadcastRetention),
			}, map[string]string{tagService: service, tagInstance: b.options.Name})
		},
		close: func(ctx context.Context, q queue) error {
			_, err := b.sns.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &q.subscription})
			_, gone := b.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &q.url})
			return errors.Join(err, gone)
		},
	}
}

// ensureTopic returns the ARN of a topic that is there. SNS makes it or finds it by the same call.
func (b *Broker) ensureTopic(ctx context.Context, topic string) (arn.ARN, error) {
	name := b.options.Prefix + topic
	made, err := b.sns.CreateTopic(ctx, &sns.CreateTopicInput{Name: &name})
	if err != nil {
		return arn.ARN{}, fmt.Errorf("ensure topic %s: %w", name, err)
	}
	return arn.Parse(awssdk.ToString(made.TopicArn))
}

// subscribe returns a queue that gets what the topic is given from now on, without an envelope.
func (b *Broker) subscribe(ctx context.Context, from arn.ARN, name string, attributes, tags map[string]string) (queue, error) {
	topicARN, endpoint := from.String(), queueARN(from, name)
	policy, err := allow(topicARN, endpoint)
	if err != nil {
		return queue{}, err
	}
	attributes[string(types.QueueAttributeNamePolicy)] = policy
	attributes[string(types.QueueAttributeNameVisibilityTimeout)] = seconds(b.options.Visibility)
	url, err := b.ensureQueue(ctx, name, attributes, tags)
	if err != nil {
		return queue{}, err
	}
	made, err := b.sns.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &topicARN, Protocol: awssdk.String("sqs"), Endpoint: &endpoint, ReturnSubscriptionArn: true,
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	if err != nil {
		return queue{}, fmt.Errorf("subscribe queue %s: %w", name, err)
	}
	return queue{url: url, subscription: awssdk.ToString(made.SubscriptionArn)}, nil
}

// ensureQueue returns the URL of a queue that is there, with these attributes.
func (b *Broker) ensureQueue(ctx context.Context, name string, attributes, tags map[string]string) (url string, err error) {
	made, err := b.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes, Tags: tags})
	if err == nil {
		return awssdk.ToString(made.QueueUrl), nil
	}
	if _, other := errors.AsType[*types.QueueNameExists](err); !other {
		return "", fmt.Errorf("ensure queue %s: %w", name, err)
	}
	found, err := b.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err == nil {
		_, err = b.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: found.QueueUrl, Attributes: attributes})
	}
	if err != nil {
		return "", fmt.Errorf("ensure attributes of queue %s: %w", name, err)
	}
	return awssdk.ToString(found.QueueUrl), nil
}

// allow is the policy by which a queue takes messages from one topic.
//
// Source: https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
func allow(topicARN, queueARN string) (string, error) {
	policy, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": []map[string]any{{
			"Effect": "Allow", "Principal": map[string]string{"Service": "sns.amazonaws.com"},
			"Action": "sqs:SendMessage", "Resource": queueARN,
			"Condition": map[string]any{"ArnEquals": map[string]string{"aws:SourceArn": topicARN}},
		}},
	})
	return string(policy), err
}

// queueARN is that of a queue in the topic's account.
func queueARN(topic arn.ARN, name string) string {
	topic.Service, topic.Resource = "sqs", name
	return topic.String()
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
