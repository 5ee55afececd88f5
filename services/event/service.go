package event

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

const (
	source      = "/event" // of the messages
	maxAttempts = 32       // of a use case whose commits keep coming second
)

// Options are what a Service is made of. All fields are needed.
type Options struct {
	Store   Store
	Clock   func() time.Time
	NewID   func() string
	Trace   func(ctx context.Context) string // the W3C traceparent that messages carry; empty where there is none
	Changed func()                           // called after every commit of an event or location
	Moved   func()                           // called after every commit of seats
}

// Service holds the use cases of events and locations. It is safe for concurrent use.
type Service struct{ options Options }

// New returns the use cases over a store.
func New(o Options) *Service { return &Service{options: o} }

// commit stores the change and says so.
func (s *Service) commit(ctx context.Context, c Change) error {
	if err := s.options.Store.Commit(ctx, c); err != nil {
		return err
	}
	s.options.Changed()
	return nil
}

// serially runs a use case again while somebody else's commit makes stale what it has read: of two concurrent changes
// the second sees the first, and none is lost.
func serially[T any](useCase func() (T, error)) (T, error) {
	for range maxAttempts {
		if result, err := useCase(); !errors.Is(err, ErrStale) {
			return result, err
		}
	}
	var none T
	return none, fault.New(fault.Conflict, "changed-meanwhile", "Others change the same thing at the moment. Try again.")
}

// eventMessage returns the message that tells the state of the event.
func (s *Service) eventMessage(ctx context.Context, typ string, e Event) (Message, error) {
	return s.message(ctx, contracts.TopicEvent, typ, e.ID, e.message())
}

// locationMessage returns the message that tells the state of the location.
func (s *Service) locationMessage(ctx context.Context, typ string, l Location) (Message, error) {
	return s.message(ctx, contracts.TopicLocation, typ, l.ID, l.message())
}

func (s *Service) message(ctx context.Context, topic, typ, subject string, data any) (Message, error) {
	m, err := cloudevent.New(s.options.NewID(), source, typ, subject, s.options.Clock(), data)
	if err != nil {
		return Message{}, fmt.Errorf("make message: %w", err)
	}
	m.Trace = s.options.Trace(ctx)
	return Message{Topic: topic, Event: m}, nil
}
