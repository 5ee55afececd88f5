// Package messaging carries CloudEvents between services on Watermill, whatever the broker.
//
// A Broker is an adapter (one folder each); brokertest is the suite they all pass. A Consumer runs a service's handlers
// with retries and a dead letter queue. Delivery is at least once: handlers are idempotent and tolerate reordering.
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
	// Subscriber returns a durable subscriber: every service gets every message, the instances of one service compete. A
	// nacked message is delivered again. The caller closes it.
	Subscriber(service string) (message.Subscriber, error)
	// Broadcaster returns a subscriber that gets every message published from now on, whatever other instances of the
	// service get. The caller closes it.
	Broadcaster(service string) (message.Subscriber, error)
	// Features says what this kind of broker promises beyond that.
	Features() Features
	// SyncLag is how long an acknowledged message may still be lost to a power cut; 0 where an ack means durable.
	SyncLag() time.Duration
	// Ping fails where the broker does not answer.
	Ping(ctx context.Context) error
	// Stats describes the connection for the health page.
	Stats() map[string]any
	// Close gives the connection back. Close subscribers first: what they have not acknowledged is delivered again.
	Close() error
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

// Handler processes one message. It is idempotent and may run concurrently with itself for messages of different keys. A
// fault of kind Invalid says that the message can never succeed.
type Handler func(ctx context.Context, e cloudevent.Event) error
