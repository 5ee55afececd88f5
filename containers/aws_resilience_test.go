package containers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/messaging"
)

// console are clients beside the broker's.
func (a awsAccount) console() (*sns.Client, *sqs.Client) {
	c := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String("http://" + a.address),
		Credentials: credentials.NewStaticCredentialsProvider("anything", "anything", ""),
	}
	return sns.NewFromConfig(c), sqs.NewFromConfig(c)
}

// attributes returns those of a queue.
func (a awsAccount) attributes(t *testing.T, name string) map[string]string {
	t.Helper()
	_, queues := a.console()
	answer, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(a.queueURL(t, name)), AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	require.NoError(t, err)
	return answer.Attributes
}

func (a awsAccount) queueURL(t *testing.T, name string) string {
	t.Helper()
	_, queues := a.console()
	found, err := queues.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(a.prefix + name)})
	require.NoError(t, err)
	return aws.ToString(found.QueueUrl)
}

// take returns the next message of a queue, which nobody else gets for a second.
func (a awsAccount) take(t *testing.T, name string) string {
	t.Helper()
	_, queues := a.console()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		answer, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(a.queueURL(t, name)), VisibilityTimeout: 1, WaitTimeSeconds: 5,
		})
		require.NoError(t, err)
		if len(answer.Messages) > 0 {
			return aws.ToString(answer.Messages[0].Body)
		}
	}
	require.FailNow(t, "no message came to "+name)
	return ""
}

// names are those of the queues there are.
func (a awsAccount) names(t *testing.T) (names []string) {
	t.Helper()
	_, queues := a.console()
	all, err := queues.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: &a.prefix})
	require.NoError(t, err)
	for _, u := range all.QueueUrls {
		names = append(names, u[strings.LastIndex(u, "/")+1+len(a.prefix):])
	}
	return names
}

// A server of its own: it has a hard time. It cannot be restarted, because it would forget everything.
func TestAWSComesBackAfterAStandstill(t *testing.T) {
	t.Parallel()
	part := containers.AWS()
	part.Name = "aws-harmed"
	server, err := startAWS(t.Context(), part)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Remove(context.Background())) })
	server.LogOnFailure(t)
	b := awsAccount{server.Address("5000/tcp"), "test-"}.connect(t)
	goesOn(t, b, 12*time.Second,
		func() error { return server.Pause(t.Context()) }, func() error { return server.Unpause(t.Context()) })
}

// Longer than the visibility that a message is received with, and while another instance asks for messages.
func TestAWSLeavesAMessageWithASlowHandler(t *testing.T) {
	t.Parallel()
	account := shareAWS(t)
	b := account.connect(t)
	s := durable(t, b, "billing")
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	require.NoError(t, b.Publisher().Publish("test", keyed("slow", "a")))
	held := <-batches
	other := receive(t, durable(t, account.connect(t), "billing"))
	select {
	case <-batches:
		require.Fail(t, "the instance got a message that it is handling")
	case <-time.After(7 * time.Second): // more than three times the visibility
	}
	require.Empty(t, other.received())
	held[0].Ack()
	require.NoError(t, s.Close())
	require.NoError(t, b.Publisher().Publish("test", keyed("next", "a")))
	other.await(t, []string{"next"})
	require.Equal(t, []string{"next"}, other.received())
}

// A message that ends each process that gets it must not do so for ever.
func TestAWSPutsAsideWhatComesBackTooOften(t *testing.T) {
	t.Parallel()
	account := shareAWS(t)
	b := account.connect(t, "max_receives", "2")
	first := durable(t, b, "billing")
	_, err := first.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	require.NoError(t, first.Close())
	require.NoError(t, b.Publisher().Publish("test", keyed("killer", "a")))
	for range 2 { // as an instance would that dies of it
		require.Equal(t, "killer", account.take(t, "billing-test"))
	}
	after := receive(t, durable(t, b, "billing"))
	require.Equal(t, "killer", account.take(t, "billing-test-dead"))
	require.Empty(t, after.received())
}

func TestAWSMakesQueuesThatOneTopicMayFill(t *testing.T) {
	t.Parallel()
	account := shareAWS(t)
	receive(t, durable(t, account.connect(t), "billing"))
	attributes := account.attributes(t, "billing-test")
	var redrive struct {
		Target string `json:"deadLetterTargetArn"`
		Max    int    `json:"maxReceiveCount"`
	}
	require.NoError(t, json.Unmarshal([]byte(attributes["RedrivePolicy"]), &redrive))
	require.Equal(t, 100, redrive.Max)
	require.Equal(t, account.attributes(t, "billing-test-dead")["QueueArn"], redrive.Target)
	require.Equal(t, "1209600", attributes["MessageRetentionPeriod"])
	require.JSONEq(t, fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
		"Action":"sqs:SendMessage","Resource":%q,"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:%stest"}}}]}`,
		attributes["QueueArn"], account.prefix), attributes["Policy"])

	receive(t, durable(t, account.connect(t, "max_receives", "7", "visibility", "9s"), "billing"))
	attributes = account.attributes(t, "billing-test")
	require.Contains(t, attributes["RedrivePolicy"], "7", "a queue that was there has its attributes changed")
	require.Equal(t, "9", attributes["VisibilityTimeout"])
}

func TestAWSRemovesTheQueueOfABroadcaster(t *testing.T) {
	t.Parallel()
	account := shareAWS(t)
	b := account.connect(t)
	s := broadcaster(t, b)
	receive(t, s)
	names := account.names(t)
	require.Len(t, names, 1)
	require.Regexp(t, "^broadcast-gateway-test-[a-z2-7]{10}$", names[0])
	_, queues := account.console()
	tags, err := queues.ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: aws.String(account.queueURL(t, names[0]))})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"myevents-broadcast": "gateway", "myevents-instance": "test"}, tags.Tags)

	require.NoError(t, s.Close())
	require.Empty(t, account.names(t))
	topics, _ := account.console()
	left, err := topics.ListSubscriptionsByTopic(t.Context(), &sns.ListSubscriptionsByTopicInput{
		TopicArn: aws.String("arn:aws:sns:us-east-1:123456789012:" + account.prefix + "test"),
	})
	require.NoError(t, err)
	require.Empty(t, left.Subscriptions)
}

func TestAWSMakesAnewWhatSomebodyRemoves(t *testing.T) {
	t.Parallel()
	account := shareAWS(t)
	b := account.connect(t)
	in := []*inbox{receive(t, durable(t, b, "billing")), receive(t, broadcaster(t, b))}
	require.NoError(t, b.Publisher().Publish("test", keyed("before", "a")))
	for _, one := range in {
		one.await(t, []string{"before"})
	}
	topics, queues := account.console()
	_, err := topics.DeleteTopic(t.Context(), &sns.DeleteTopicInput{
		TopicArn: aws.String("arn:aws:sns:us-east-1:123456789012:" + account.prefix + "test"),
	})
	require.NoError(t, err)
	for _, name := range account.names(t) {
		_, err := queues.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: aws.String(account.queueURL(t, name))})
		require.NoError(t, err)
	}
	require.NoError(t, b.Publisher().Publish("test", keyed("lost", "a")))
	require.Eventually(t, func() bool { return len(account.names(t)) == 3 }, patience, 100*time.Millisecond)
	require.Eventually(t, func() bool { // a queue is there a moment before its subscription
		require.NoError(t, b.Publisher().Publish("test", keyed("after", "a")))
		return slices.Contains(in[0].received(), "after") && slices.Contains(in[1].received(), "after")
	}, patience, 100*time.Millisecond)
}

func TestAWSCountsWhatIsPending(t *testing.T) {
	t.Parallel()
	b := shareAWS(t).connect(t)
	countsWhatIsPending(t, b, 30)
}

// More than are asked for at once, and one of them nacked: that drops no other.
func TestAWSDoesNotForgetWhatIsNotSettled(t *testing.T) {
	t.Parallel()
	b := shareAWS(t).connect(t)
	s := durable(t, b, "billing")
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	require.NoError(t, b.Publisher().Publish("test", numbered(100)...))
	stuck := acknowledgeAllBut(batches, 100, "0", "7", "99")
	stuck["7"].Nack()
	again := <-batches
	require.Equal(t, "7", string(again[0].Payload()))
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	stuck["0"].Ack()
	again[0].Nack()
	stuck["99"].Nack()
	require.NoError(t, <-closed)
	after := receive(t, durable(t, b, "billing"))
	after.await(t, []string{"7", "99"})
	require.ElementsMatch(t, []string{"7", "99"}, after.received())
}

// One call to SNS carries ten messages, and 256 KiB.
func TestAWSPublishesManyAndLargeMessagesInOneGo(t *testing.T) {
	t.Parallel()
	b := shareAWS(t).connect(t)
	in := receive(t, durable(t, b, "billing"))
	var want []string
	var messages []*message.Message
	for i := range 25 {
		id := fmt.Sprintf("%02d", i) + strings.Repeat(`"ü`, i*messaging.MaxSize/30/3)
		want, messages = append(want, id), append(messages, keyed(id, "a"))
	}
	messages = append(messages, keyed("", "a"), keyed("\x00\xff", "a"))
	require.NoError(t, b.Publisher().Publish("test", messages...))
	in.await(t, append(want, "", "\x00\xff"))
}

func TestAWSPublishHeedsTheContextOfItsMessages(t *testing.T) {
	t.Parallel()
	b := shareAWS(t).connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := keyed("1", "a")
	m.SetContext(ctx)
	require.ErrorIs(t, b.Publisher().Publish("test", m), context.Canceled)
}

// This test is not parallel: it counts the goroutines of the process.
func TestAWSCloseLeavesNoGoroutine(t *testing.T) {
	account := shareAWS(t)
	leavesNoGoroutine(t, func() messaging.Broker { return account.connect(t) })
}
