package kafka

import (
	"context"
	"errors"

	"github.com/IBM/sarama"
)

// group is the part of this instance in the consumer group of its service for a topic. In each session it has some of the
// partitions; a session ends when an instance comes or goes, or the servers are away.
type group struct {
	broker *Broker
	sub    *subscription
	name   string
	topic  string // as Kafka names it
	member sarama.ConsumerGroup
}

func newGroup(b *Broker, s *subscription, service string) (*group, error) {
	g := &group{broker: b, sub: s, name: b.options.group(service, s.topic), topic: b.options.topic(s.topic)}
	member, err := sarama.NewConsumerGroup(b.options.Servers, g.name, b.options.groupConfig(b.line))
	if err != nil {
		return nil, err
	}
	g.member = member
	return g, nil
}

func (g *group) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := g.member.Consume(ctx, []string{g.topic}, g)
		if err != nil && ctx.Err() == nil {
			g.sub.report(err)
			g.sub.pauseBeforeRetry()
		}
	}
	_ = g.member.Close() // where the servers do not hear of it, they notice that this instance is gone
}

// Setup implements sarama.ConsumerGroupHandler.
func (g *group) Setup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim implements sarama.ConsumerGroupHandler. When all claims of a session have returned, the library commits what
// they have marked, and only then another instance gets their partitions.
func (g *group) ConsumeClaim(session sarama.ConsumerGroupSession, partition sarama.ConsumerGroupClaim) error {
	c := newClaim(g.sub, func(next int64) { session.MarkOffset(g.topic, partition.Partition(), next, "") })
	c.run(session.Context(), partition.Messages())
	return nil
}

// Cleanup implements sarama.ConsumerGroupHandler.
func (g *group) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// pending asks where the partitions end before it asks how far the group is: what was published before the first question
// is seen, whatever is committed meanwhile.
func (g *group) pending() (int, error) {
	ends, err := g.broker.offsets(g.topic, sarama.OffsetNewest)
	if err != nil {
		return 0, err
	}
	begins, err := g.broker.offsets(g.topic, sarama.OffsetOldest)
	if err != nil {
		return 0, err
	}
	committed, err := g.broker.admin.ListConsumerGroupOffsets(g.name, map[string][]int32{g.topic: keys(ends)})
	if err != nil {
		return 0, err
	}
	left := 0
	for partition, end := range ends {
		block := committed.GetBlock(g.topic, partition)
		if block == nil {
			return 0, errors.New("an answer is incomplete")
		}
		left += int(max(0, end-max(block.Offset, begins[partition])))
	}
	return left, nil
}
