package kafka

import (
	"context"
	"time"

	"github.com/IBM/sarama"

	"github.com/myevents/myevents/platform/messaging"
)

// maxAhead is how many messages of a partition are taken behind the first that is not settled. So many are delivered again
// after a crash, at most.
const maxAhead = 2048

// claim is a partition for as long as it is ours. The subscription's mutex guards what changes in it.
type claim struct {
	subscription *subscription
	settled      func(next int64) // told up to where everything is settled; called with the mutex held

	queue []*delivery // in the order of the partition, from the first that is not settled
	held  int         // of them not settled, and with us or the receiver
	ended bool        // takes no more

	room     chan struct{} // capacity 1: the queue got shorter
	recalled chan struct{} // closed by the subscription: it has nothing of this claim any more
	drained  chan struct{} // capacity 1: nothing is held
}

// delivery is a message of a claim.
type delivery struct {
	claim   *claim
	offset  int64
	payload []byte
	settled bool
}

var _ messaging.Delivery = (*delivery)(nil)

func (d *delivery) Payload() []byte { return d.payload }
func (d *delivery) Ack()            { d.claim.ack(d) }
func (d *delivery) Nack()           { d.claim.nack(d) }

func newClaim(s *subscription, settled func(next int64)) *claim {
	return &claim{
		subscription: s, settled: settled,
		room: make(chan struct{}, 1), recalled: make(chan struct{}), drained: make(chan struct{}, 1),
	}
}

// run takes messages until ctx ends or they do. It returns when the receiver has settled what it was given, or has had its
// time: nobody else gets the partition before that.
func (c *claim) run(ctx context.Context, messages <-chan *sarama.ConsumerMessage) {
	for open := true; open; {
		from := messages
		if c.isFull() {
			from = nil
		}
		var m *sarama.ConsumerMessage
		select {
		case m, open = <-from:
			if open {
				c.accept(m)
			}
		case <-c.room:
		case <-ctx.Done():
			open = false
		}
	}
	c.end()
}

func (c *claim) isFull() bool {
	c.subscription.mu.Lock()
	defer c.subscription.mu.Unlock()
	return len(c.queue) >= maxAhead
}

func (c *claim) accept(m *sarama.ConsumerMessage) {
	s := c.subscription
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &delivery{claim: c, offset: m.Offset, payload: m.Value}
	c.queue = append(c.queue, d)
	c.held++
	s.gathered = append(s.gathered, d)
	signal(s.arrival)
}

// ack settles a message. What is told is the first offset before which nothing is missing, however late the others come.
func (c *claim) ack(d *delivery) {
	c.subscription.mu.Lock()
	defer c.subscription.mu.Unlock()
	d.settled = true
	c.release(1)
	var next int64
	for len(c.queue) > 0 && c.queue[0].settled {
		next = c.queue[0].offset + 1
		c.queue[0] = nil
		c.queue = c.queue[1:]
	}
	if next > 0 {
		c.settled(next)
		signal(c.room)
	}
}

// nack has a message delivered again, by this instance or, where the claim has ended, by whoever gets the partition.
func (c *claim) nack(d *delivery) {
	s := c.subscription
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ended {
		c.release(1)
		return
	}
	s.returned = append(s.returned, d)
	signal(s.nacked)
}

// release counts messages that are not held any more. The caller holds the mutex.
func (c *claim) release(n int) {
	if c.held -= n; c.held == 0 {
		signal(c.drained)
	}
}

// end drops what the receiver has not got, and waits for the rest.
func (c *claim) end() {
	s := c.subscription
	s.mu.Lock()
	c.ended = true
	s.mu.Unlock()
	s.recalls <- c // run is there for as long as its source
	<-c.recalled
	timeout := time.After(drainTimeout)
	for {
		s.mu.Lock()
		left := c.held
		s.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-c.drained:
		case <-timeout:
			return
		}
	}
}

// drop takes back what the receiver has not got: what the subscription has, and what is in batch. It returns the rest of
// batch.
func (c *claim) drop(batch []messaging.Delivery) []messaging.Delivery {
	s := c.subscription
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(batch) + len(s.gathered) + len(s.returned)
	batch, s.gathered, s.returned = without(c, batch), without(c, s.gathered), without(c, s.returned)
	c.release(before - len(batch) - len(s.gathered) - len(s.returned))
	return batch
}
