// Package aws is the SNS and SQS adapter of messaging.Broker.
//
// A topic is a topic of SNS, which keeps nothing; every service has a standard queue of SQS a topic, which its instances
// share. What is published before a service has subscribed for the first time does not reach it.
package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"

	"github.com/myevents/myevents/platform/messaging"
)

const (
	connectTimeout = 30 * time.Second // until New gives up
	requestTimeout = 5 * time.Second  // of what is one step for the caller, attempts included
	publishTimeout = 10 * time.Second // until a call counts as failed; the relay then publishes again
	retryPause     = time.Second

	maxVisibility = 12 * time.Hour // a limit of SQS, from the receipt on, however often it is extended
)

// Broker is a client of both services.
type Broker struct {
	options   Options
	sns       *sns.Client
	sqs       *sqs.Client
	link      *messaging.Link
	wire      *wire
	publisher *publisher
}

// New returns a broker whose services answer. It tries for 30 seconds, or until ctx ends; what trying again would not
// help, such as missing credentials, fails at once.
func New(ctx context.Context, o Options) (*Broker, error) {
	o = o.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	c, err := configure(ctx, o)
	if err != nil {
		return nil, err
	}
	link := messaging.NewLink(o.Log)
	client, _ := c.HTTPClient.(*awshttp.BuildableClient)
	w := newWire(link, client)
	c.HTTPClient = &http.Client{Transport: w}
	b := &Broker{options: o, sns: sns.NewFromConfig(c), sqs: sqs.NewFromConfig(c), link: link, wire: w}
	b.publisher = newPublisher(b)
	if err := b.awaitAnswer(ctx); err != nil {
		w.close()
		return nil, err
	}
	return b, nil
}

// configure finds credentials, and fails where there are none: the first call would say so less clearly.
func configure(ctx context.Context, o Options) (awssdk.Config, error) {
	settings := []func(*config.LoadOptions) error{
		config.WithRegion(o.Region),
		config.WithAppID(o.Name),
		config.WithHTTPClient(awshttp.NewBuildableClient()),
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(newRetryer),
	}
	if o.Endpoint != "" {
		// A machine that needs the override is not Amazon's: looking for its metadata would take seconds and find nothing.
		settings = append(settings, config.WithBaseEndpoint(o.Endpoint), config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	c, err := config.LoadDefaultConfig(ctx, settings...)
	if err == nil {
		_, err = c.Credentials.Retrieve(ctx)
	}
	if err != nil {
		return awssdk.Config{}, fmt.Errorf("credentials for message broker at %s (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "+
			"a profile or a role): %w", o.place(), err)
	}
	return c, nil
}

// newRetryer repeats what failed by chance. Who calls has a deadline, and repeats what fails for longer in its own way.
func newRetryer() awssdk.Retryer {
	return retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = 3
		r.MaxBackoff = 200 * time.Millisecond
	})
}

// awaitAnswer repeats what fails, because a broker often starts beside the services that need it; but for refusals, such as
// that of wrong credentials.
func (b *Broker) awaitAnswer(ctx context.Context) error {
	for {
		err := b.Ping(ctx)
		if err == nil || isRefusal(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(retryPause / 4):
		}
	}
}

// isRefusal reports whether the service does not let us in.
func isRefusal(err error) bool {
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	return ok && (answer.HTTPStatusCode() == http.StatusUnauthorized || answer.HTTPStatusCode() == http.StatusForbidden)
}

// Publisher returns the publisher.
func (b *Broker) Publisher() message.Publisher { return b.publisher }

// Subscriber returns a durable subscriber whose instances compete.
func (b *Broker) Subscriber(service string) (messaging.Subscriber, error) {
	return newSubscriber(b, b.durable(service)), nil
}

// Broadcaster returns a subscriber that gets what is published from now on, through a queue of its own a topic.
func (b *Broker) Broadcaster(service string) (messaging.Subscriber, error) {
	return newSubscriber(b, b.temporary(service)), nil
}

// Features promise no order: a standard queue keeps it as well as it can. The system is named after the queue, which is
// where messages are.
func (b *Broker) Features() messaging.Features { return messaging.Features{System: "aws_sqs"} }

// SyncLag is 0: Amazon acknowledges what several of its sites have stored.
func (b *Broker) SyncLag() time.Duration { return 0 }

// Ping asks both services something easy, for at most 5 seconds.
func (b *Broker) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	_, err := b.sns.ListTopics(ctx, &sns.ListTopicsInput{})
	if err == nil {
		_, err = b.sqs.ListQueues(ctx, &sqs.ListQueuesInput{MaxResults: awssdk.Int32(1), QueueNamePrefix: &b.options.Prefix})
	}
	if err != nil {
		return fmt.Errorf("ping message broker at %s: %w", b.options.place(), err)
	}
	return nil
}

// Stats describes how the services are reached.
func (b *Broker) Stats() map[string]any {
	return map[string]any{
		"server": b.options.place(), "region": b.options.Region,
		"requests": b.wire.requests.Load(), "failed_requests": b.wire.failures.Load(),
	}
}

// Link is how the services are doing. Whether a topic has subscribers SNS does not tell: it counts no unrouted messages.
func (b *Broker) Link() *messaging.Link { return b.link }

// Close waits for the publishes that are under way.
func (b *Broker) Close() error {
	err := b.publisher.Close()
	b.wire.close()
	return err
}
