// Package amqp is the RabbitMQ adapter of messaging.Broker, over AMQP 0-9-1.
//
// All messages go to one durable topic exchange under the key topic.subject. Every service has a quorum queue a topic, which
// its instances share; an instance that wants broadcasts has one of its own. A queue gets what is published after it was
// made: a service that subscribes for the first time has to replay what was before.
package amqp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

const (
	connectTimeout = 30 * time.Second // until New gives up
	requestTimeout = 10 * time.Second // of one step that the broker has to answer
)

// Broker is two connections to RabbitMQ: one that has published while the server is short of memory is read from no more,
// and then acknowledgements, which would free memory, must not be behind it.
type Broker struct {
	options   Options
	link      *messaging.Link
	outgoing  *connection
	incoming  *connection
	publisher *publisher

	mu sync.Mutex // held while the connections are compared
}

// New connects and makes sure that the exchange is there. It tries for 30 seconds, or until ctx ends; where the server
// refuses the user or the virtual host it fails at once. Once connected, the connections are restored for as long as it
// takes whenever the server goes away.
func New(ctx context.Context, o Options) (*Broker, error) {
	o.Prefetch = cmp.Or(o.Prefetch, DefaultPrefetch)
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	b := &Broker{options: o, link: messaging.NewLink(o.Log)}
	b.outgoing = newConnection(o, "publisher", b.changed)
	b.incoming = newConnection(o, "consumer", b.changed)
	b.publisher = newPublisher(b.outgoing, b.link)
	err := b.outgoing.open(ctx)
	if err == nil {
		err = b.incoming.open(ctx)
	}
	if err == nil {
		err = b.Ping(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to message broker at %s: %w", o.place(), err), b.Close())
	}
	return b, nil
}

// changed is called by a connection that was lost, with the reason, or is back.
func (b *Broker) changed(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil:
		b.link.Lost(err)
	case b.outgoing.isUp() && b.incoming.isUp():
		b.link.Restored()
	}
}

// Publisher returns the publisher.
func (b *Broker) Publisher() message.Publisher { return b.publisher }

// Subscriber returns a durable subscriber whose instances compete.
func (b *Broker) Subscriber(service string) (messaging.Subscriber, error) {
	return newSubscriber(b, durable(service)), nil
}

// Broadcaster returns a subscriber with queues of its own. They outlive a lost connection and a restart of the server; one
// that nobody has listened to for a minute is gone with what was in it.
func (b *Broker) Broadcaster(service string) (messaging.Subscriber, error) {
	return newSubscriber(b, temporary(service)), nil
}

// Features says that order holds inside an instance only, since the server deals messages out to whoever is ready, and as
// long as its connection does: what was on its way when that broke may come behind later messages.
func (b *Broker) Features() messaging.Features {
	return messaging.Features{System: "rabbitmq", KeyOrder: true}
}

// SyncLag is 0: quorum queues confirm what is on disk.
func (b *Broker) SyncLag() time.Duration { return 0 }

// Ping asks the server for the exchange, for at most 10 seconds.
func (b *Broker) Ping(ctx context.Context) error {
	conn, err := b.outgoing.get()
	if err == nil {
		_, err = within(ctx, func() (struct{}, error) { return struct{}{}, ping(conn) }, nil)
	}
	if err != nil {
		return fault.Away("message broker", fmt.Errorf("ping %s: %w", b.options.place(), err))
	}
	return nil
}

func ping(conn *amqp091.Connection) error {
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	return errors.Join(declareExchange(channel), channel.Close())
}

// Stats describes the connections.
func (b *Broker) Stats() map[string]any {
	status := func(c *connection) string {
		switch conn, err := c.get(); {
		case err != nil:
			return "away"
		case c.isBlocked():
			return "blocked: the server is short of memory or disk"
		default:
			return fmt.Sprintf("connected to %v %v", conn.Properties["product"], conn.Properties["version"])
		}
	}
	return map[string]any{
		"server": b.options.place(), "publisher": status(b.outgoing), "consumer": status(b.incoming), "prefetch": b.options.Prefetch,
	}
}

// Link is how the connections are doing.
func (b *Broker) Link() *messaging.Link { return b.link }

// Close waits for the publishers that are under way and closes the connections.
func (b *Broker) Close() error {
	err := b.publisher.Close()
	b.outgoing.close()
	b.incoming.close()
	return err
}
