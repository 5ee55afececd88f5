// Package kafka is the Kafka adapter of messaging.Broker.
//
// A message's key decides its partition, which keeps the messages of a key in order. Every service has one consumer group
// a topic; a service that is new to a topic begins at its oldest message.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/messaging"
)

// Broker is a client of a cluster.
type Broker struct {
	options   Options
	link      *messaging.Link
	line      *line
	client    sarama.Client
	admin     sarama.ClusterAdmin
	publisher *publisher

	mu     sync.Mutex
	topics map[string]struct{} // that are known to be there
}

var _ messaging.Broker = (*Broker)(nil)

// New connects. It tries for 30 seconds, or until ctx ends; from then on connections are restored for as long as it takes.
func New(ctx context.Context, o Options) (*Broker, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	link := messaging.NewLink(o.Log)
	b := &Broker{options: o, link: link, line: newLine(o.Dial, link), topics: map[string]struct{}{}}
	defer context.AfterFunc(ctx, b.line.cut)() // the client library heeds no context
	if err := b.connect(ctx); err != nil {
		b.line.cut()
		return nil, fmt.Errorf("connect to message broker at %s: %w", o.place(), err)
	}
	return b, nil
}

// connect repeats what fails, because a broker often starts beside the services that need it.
func (b *Broker) connect(ctx context.Context) error {
	for {
		err := b.open()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(retryPause):
		}
	}
}

func (b *Broker) open() (err error) {
	b.client, err = sarama.NewClient(b.options.Servers, b.options.producerConfig(b.line))
	if err != nil {
		return err
	}
	if b.admin, err = sarama.NewClusterAdminFromClient(b.client); err == nil {
		b.publisher, err = newPublisher(b)
	}
	if err != nil {
		return errors.Join(err, b.client.Close())
	}
	return nil
}

// within calls something of the client library, which heeds no context, and waits for requestTimeout at most. What does not
// return in time ends by the timeouts of its connections.
func within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	returned := make(chan result, 1)
	go func() {
		value, err := call()
		returned <- result{value, err}
	}()
	select {
	case r := <-returned:
		return r.value, r.err
	case <-ctx.Done():
		return *new(T), ctx.Err()
	}
}

// ensureTopic creates a topic that is not there. Brokers that create topics by themselves would do so with one partition.
func (b *Broker) ensureTopic(ctx context.Context, topic string) error {
	b.mu.Lock()
	_, known := b.topics[topic]
	b.mu.Unlock()
	if known {
		return nil
	}
	if _, err := within(ctx, func() (struct{}, error) { return struct{}{}, b.createTopic(b.options.topic(topic)) }); err != nil {
		return fmt.Errorf("create topic: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.topics[topic] = struct{}{}
	return nil
}

// createTopic returns when the topic's partitions can be used, which takes a moment after it was made.
func (b *Broker) createTopic(name string) error {
	detail := &sarama.TopicDetail{NumPartitions: b.options.Partitions, ReplicationFactor: b.options.Replication}
	err := b.admin.CreateTopic(name, detail, false)
	if err != nil && !errors.Is(err, sarama.ErrTopicAlreadyExists) {
		return err
	}
	if err := b.client.RefreshMetadata(name); err != nil {
		return err
	}
	_, err = b.offsets(name, sarama.OffsetNewest)
	return err
}

// forgetTopic has the topic created anew: somebody has deleted it.
func (b *Broker) forgetTopic(topic string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.topics, topic)
}

// Publisher returns the publisher.
func (b *Broker) Publisher() message.Publisher { return b.publisher }

// Subscriber returns a durable subscriber whose instances share the partitions of a topic.
func (b *Broker) Subscriber(service string) (messaging.Subscriber, error) {
	return newSubscriber(b, func(_ context.Context, s *subscription) (source, error) { return newGroup(b, s, service) }), nil
}

// Broadcaster returns a subscriber that gets what is published from now on.
func (b *Broker) Broadcaster(string) (messaging.Subscriber, error) {
	return newSubscriber(b, func(ctx context.Context, s *subscription) (source, error) { return newBroadcast(ctx, b, s) }), nil
}

// Features says that order holds between instances too: a key has one partition, and that one instance at a time.
func (b *Broker) Features() messaging.Features {
	return messaging.Features{System: "kafka", KeyOrder: true, SharedKeyOrder: true}
}

// SyncLag is how long the cluster may take to make safe what it has acknowledged.
func (b *Broker) SyncLag() time.Duration { return b.options.SyncLag }

// Ping asks a server for the topics there are, for at most 5 seconds.
func (b *Broker) Ping(ctx context.Context) error {
	_, err := within(ctx, func() (struct{}, error) { return struct{}{}, b.client.RefreshMetadata() })
	if _, answered := errors.AsType[sarama.KError](err); answered {
		return nil // that some partition has no leader at the moment
	}
	if err != nil {
		return fmt.Errorf("ping message broker at %s: %w", b.options.place(), err)
	}
	return nil
}

// Stats describes the connections.
func (b *Broker) Stats() map[string]any {
	return map[string]any{
		"servers": b.options.Servers, "away": b.line.lost.Load(), "known_servers": len(b.client.Brokers()),
		"connections": b.line.connections(), "dials": b.line.dials.Load(),
	}
}

// Link is how the connection is doing.
func (b *Broker) Link() *messaging.Link { return b.link }

// Close waits for the publishes that are under way and closes all connections.
func (b *Broker) Close() error {
	err := b.publisher.Close()
	b.line.cut()
	if errClient := b.client.Close(); !errors.Is(errClient, sarama.ErrClosedClient) { // it was closed before
		err = errors.Join(err, errClient)
	}
	return err
}
