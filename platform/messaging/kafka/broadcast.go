package kafka

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/IBM/sarama"
)

// broadcast reads all partitions of a topic, beginning where they ended when it was made.
type broadcast struct {
	broker   *Broker
	sub      *subscription
	topic    string // as Kafka names it
	client   sarama.Client
	consumer sarama.Consumer
	next     map[int32]int64 // offset to go on with, by partition; guarded by the subscription's mutex
}

func newBroadcast(ctx context.Context, b *Broker, s *subscription) (*broadcast, error) {
	client, err := sarama.NewClient(b.options.Servers, b.options.consumerConfig(b.line))
	if err != nil {
		return nil, err
	}
	r := &broadcast{broker: b, sub: s, topic: b.options.topic(s.topic), client: client}
	r.next, err = within(ctx, func() (map[int32]int64, error) { return b.offsets(r.topic, sarama.OffsetNewest) })
	if err == nil {
		r.consumer, err = sarama.NewConsumerFromClient(client)
	}
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return r, nil
}

func (r *broadcast) run(ctx context.Context) {
	var partitions sync.WaitGroup
	for partition := range r.positions() {
		partitions.Go(func() {
			for ctx.Err() == nil {
				if err := r.follow(ctx, partition); err != nil && ctx.Err() == nil {
					r.sub.report(err)
					r.sub.pauseBeforeRetry()
				}
			}
		})
	}
	partitions.Wait()
	_ = r.consumer.Close() // both fail only where they are closed already
	_ = r.client.Close()
}

// follow reads a partition until ctx ends or the servers no longer have what comes next. Then it goes on with the oldest
// message they have.
func (r *broadcast) follow(ctx context.Context, partition int32) error {
	messages, err := r.consumer.ConsumePartition(r.topic, partition, r.positions()[partition])
	if errors.Is(err, sarama.ErrOffsetOutOfRange) {
		messages, err = r.consumer.ConsumePartition(r.topic, partition, sarama.OffsetOldest)
	}
	if err != nil {
		return err
	}
	c := newClaim(r.sub, func(next int64) { r.next[partition] = next })
	c.run(ctx, messages.Messages())
	return messages.Close()
}

func (r *broadcast) positions() map[int32]int64 {
	r.sub.mu.Lock()
	defer r.sub.mu.Unlock()
	return maps.Clone(r.next)
}

func (r *broadcast) pending() (int, error) {
	ends, err := r.broker.offsets(r.topic, sarama.OffsetNewest)
	left := 0
	for partition, next := range r.positions() {
		left += int(max(0, ends[partition]-next))
	}
	return left, err
}
