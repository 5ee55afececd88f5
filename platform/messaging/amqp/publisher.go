package amqp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

const (
	maxInFlight    = 512              // messages of one Publish call that wait for their confirmations at the same time
	confirmTimeout = 10 * time.Second // until a publish counts as failed; the relay then publishes again

	contentType = "application/cloudevents+json"
)

// publisher sends all messages of a call before it waits for the confirmation of the first.
type publisher struct {
	conn *connection
	link *messaging.Link
	gate messaging.Gate

	mu   sync.Mutex
	idle []*confirmer // as many as there ever were calls at the same time
}

// confirmer is a channel whose messages the server confirms. One call uses it at a time.
type confirmer struct {
	channel *amqp091.Channel
	// returned are messages that no queue took. The server returns a message before it confirms it, and the client library's
	// reader waits until it can put it here: there is room for all that are in flight.
	returned chan amqp091.Return
}

func newPublisher(conn *connection, link *messaging.Link) *publisher {
	return &publisher{conn: conn, link: link}
}

// Publish sends the messages in order and returns when the server has confirmed all, or with the first error.
func (p *publisher) Publish(topic string, messages ...*message.Message) error {
	if err := p.gate.Enter(); err != nil {
		return err
	}
	defer p.gate.Leave()
	if err := messaging.CheckSizes(messages); err != nil {
		return err
	}
	for some := range slices.Chunk(messages, maxInFlight) {
		if err := p.publish(topic, some); err != nil {
			return fmt.Errorf("publish %d messages to %s: %w", len(messages), topic, err)
		}
	}
	return nil
}

func (p *publisher) publish(topic string, messages []*message.Message) error {
	ctx := messages[0].Context()
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.conn.isBlocked() {
		return fault.Away("message broker", errors.New("it is short of memory or disk"))
	}
	c, err := p.take(ctx)
	if err != nil {
		return fault.Away("message broker", err)
	}
	if err := c.publish(ctx, topic, messages); err != nil {
		p.discard(c)
		return err
	}
	p.link.Unrouted(len(c.returned))
	for len(c.returned) > 0 {
		<-c.returned
	}
	p.giveBack(c)
	return nil
}

func (c *confirmer) publish(ctx context.Context, topic string, messages []*message.Message) error {
	sent := make([]*amqp091.DeferredConfirmation, len(messages))
	for i, m := range messages {
		var err error
		sent[i], err = c.channel.PublishWithDeferredConfirm(
			exchange, routingKey(topic, m.Metadata.Get(messaging.MetadataSubject)), true, false, amqp091.Publishing{
				DeliveryMode: amqp091.Persistent, ContentType: contentType, MessageId: m.UUID, Body: m.Payload,
			})
		if err != nil {
			return fault.Away("message broker", err)
		}
	}
	waiting, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	for _, s := range sent {
		switch confirmed, err := s.WaitContext(waiting); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fault.Away("message broker", errors.New("messages were not confirmed in time"))
		case !confirmed:
			return fault.Away("message broker", errors.New("a message was refused, or the connection is lost"))
		}
	}
	return nil
}

// take returns an idle confirmer, or a new one.
func (p *publisher) take(ctx context.Context) (*confirmer, error) {
	conn, err := p.conn.get()
	if err != nil {
		return nil, err
	}
	for {
		p.mu.Lock()
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			return within(ctx, func() (*confirmer, error) { return newConfirmer(conn) }, p.discard)
		}
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if !c.channel.IsClosed() {
			return c, nil
		}
	}
}

func newConfirmer(conn *amqp091.Connection) (*confirmer, error) {
	channel, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	err = declareExchange(channel) // it may have been removed, which has closed the channel before this one
	if err == nil {
		err = channel.Confirm(false)
	}
	if err != nil {
		return nil, errors.Join(err, channel.Close())
	}
	return &confirmer{channel: channel, returned: channel.NotifyReturn(make(chan amqp091.Return, maxInFlight))}, nil
}

func (p *publisher) giveBack(c *confirmer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// discard closes a channel on which confirmations may still be under way. A server that does not answer is not waited for:
// the goroutine ends with the connection at the latest.
func (p *publisher) discard(c *confirmer) {
	go func() { _ = c.channel.Close() }() // fails where the connection is lost: then so is the channel
}

// Close refuses new messages and waits for those under way.
func (p *publisher) Close() error {
	p.gate.Close()
	return nil
}
