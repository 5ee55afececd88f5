// Package outbox carries messages from a service's store to the broker.
//
// A service commits its messages together with the state they tell of, into its outbox; the Relay publishes them from
// there, at least once and in order. The outbox is kept for ever: it is the service's event log, which Feed serves to
// peers that rebuild their read models.
package outbox

import (
	"context"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
)

// Entry is one message of the log.
type Entry struct {
	Seq     int64 // position in the log; grows, with gaps
	Topic   string
	Payload []byte // the encoded CloudEvent; the reader of the log owns it
	Subject string
	Type    string
	ID      string
	Time    time.Time
	Trace   string // traceparent of what caused the message; empty where that was not traced
}

// NewEntry returns the entry of an event and its encoded document.
func NewEntry(topic string, e cloudevent.Event, document []byte) Entry {
	return Entry{Topic: topic, Payload: document, Subject: e.Subject, Type: e.Type, ID: e.ID, Time: e.Time, Trace: e.Trace}
}

// Log is a service's outbox. Implementations are safe for concurrent use.
type Log interface {
	// Read returns at most limit entries behind the position after, in order.
	Read(ctx context.Context, after int64, limit int) ([]Entry, error)
	// Pending returns how many entries lie behind the position after, and the time of the oldest of them.
	Pending(ctx context.Context, after int64) (n int, oldest time.Time, err error)
	// Cursor returns the last position that SaveCursor was given; 0 where there was none.
	Cursor(ctx context.Context) (int64, error)
	// SaveCursor remembers that everything up to the position is durable in the broker.
	SaveCursor(ctx context.Context, seq int64) error
}

// Handover is implemented by a Log that hands its newest entries over in memory, so that publishing what was just committed
// needs no reading. The table stays the truth: the relay reads it wherever memory does not reach back far enough.
type Handover interface {
	// Newest returns at most limit entries behind the position after, in order; the caller owns their payloads. ok is false
	// where memory does not hold all entries behind after: then Read has to be asked. Only one relay may ask, and once for each
	// position: what is not behind after is forgotten.
	Newest(after int64, limit int) (entries []Entry, ok bool)
	// Appended returns a channel that holds a value when entries were committed since it was last received from.
	Appended() <-chan struct{}
}

// Shared is implemented by a Log that several processes append to and want to publish. One of them at a time has the lease
// to; the others wait until it is given back or stands still.
type Shared interface {
	// Appended returns a channel that holds a value when this process has appended since it was last received from.
	Appended() <-chan struct{}
	// Lease takes or keeps the lease. mine is false where another process has it. saved, where it is not 0, is how far the
	// processes have published the log together. Only one relay of a process may ask.
	Lease(ctx context.Context) (mine bool, saved int64, err error)
	// Release gives the lease back, where this process has it.
	Release(ctx context.Context) error
}
