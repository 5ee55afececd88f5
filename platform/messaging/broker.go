// Package messaging carries CloudEvents between services, whatever the broker.
//
// A Broker is an adapter (one folder each); brokertest is the suite they all pass. A Consumer runs a service's handlers
// with retries and a dead letter queue. Delivery is at least once: handlers are idempotent and tolerate reordering.
//
// Publishing is Watermill's interface. Consuming is not: its channel of messages costs a goroutine and two channels a
// message, where a Subscriber here hands over what has come as one batch.
package messaging

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/cloudevent"
)

// MaxSize is the largest payload, in bytes, that a broker takes: the largest document that may be committed, and room
// for the trace context that the relay writes into it afterwards.
const MaxSize = cloudevent.MaxSize + 512

// MetadataSubject is the metadata key under which a message carries its key, the CloudEvent's subject.
const MetadataSubject = "subject"

// Broker moves messages between services. Its publisher and subscribers are safe for concurrent use.
type Broker interface {
	// Publisher returns the one publisher of this broker. Publish returns when the broker has acknowledged all messages, or
	// with the first error; then some of them may have been published. A message's UUID is the CloudEvent's id, its payload
	// the document, and its metadata MetadataSubject the key.
	Publisher() message.Publisher
	// Subscriber returns a durable subscriber: every service gets every message, the instances of one service compete. The
	// caller closes it.
	Subscriber(service string) (Subscriber, error)
	// Broadcaster returns a subscriber that gets every message published from now on, whatever other instances of the
	// service get. The caller closes it.
	Broadcaster(service string) (Subscriber, error)
	// Features says what this kind of broker promises beyond that.
	Features() Features
	// SyncLag is how long an acknowledged message may still be lost to a power cut; 0 where an ack means durable.
	SyncLag() time.Duration
	// Ping fails where the broker does not answer.
	Ping(ctx context.Context) error
	// Stats describes the connection for the health page.
	Stats() map[string]any
	// Link is how the connection is doing, for the metrics.
	Link() *Link
	// Close gives the connection back. Close subscribers first: what they have not acknowledged is delivered again.
	Close() error
}

// Subscriber receives messages.
type Subscriber interface {
	// Subscribe returns the messages of a topic: each receive yields all that have come, at least one, in the order in which
	// they were published. The channel is closed after Close, and after ctx ends, when everything it yielded is settled.
	Subscribe(ctx context.Context, topic string) (<-chan []Delivery, error)
	// Pending returns how many messages of the subscribed topics are still to be acknowledged, those included that have not
	// arrived; ok is false where this kind of broker cannot tell.
	Pending(ctx context.Context) (n int, ok bool, err error)
	// Close ends the subscriptions. It waits for what was handed over to be settled, for 25 seconds at most, and gives
	// back the rest, so that other instances get it at once.
	Close() error
}

// Delivery is a message that a broker hands over. The receiver settles it: it calls either Ack or Nack, once, on any
// goroutine. Until then the message stays with the receiver, for as long as that takes.
type Delivery interface {
	// Payload returns the document as it was published. The receiver may keep it and must not change it.
	Payload() []byte
	// Ack says that the message is processed.
	Ack()
	// Nack gives the message back: it is delivered again, maybe elsewhere, and maybe behind later ones of its key.
	Nack()
}

// Features are the kind of broker, and promises that not every kind makes.
type Features struct {
	// System is the broker's name in telemetry (messaging.system), such as "nats".
	System string
	// KeyOrder: the only instance of a service gets the messages of a key in the order they were published, while it runs.
	KeyOrder bool
	// SharedKeyOrder: so do several competing instances between them.
	SharedKeyOrder bool
}
