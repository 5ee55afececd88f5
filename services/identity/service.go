package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/cloudevent"
)

// source names the service in its messages.
const source = "/identity"

// Options are what the use cases need; all are required but BootstrapOperator.
type Options struct {
	Store             Store
	Passwords         Passwords
	Clock             func() time.Time
	NewID             func() string
	KeyRotation       time.Duration // how long a key signs
	BootstrapOperator string        // e-mail address of the user who is an operator without having been made one
	Audit             audit.Log
	// Trace returns the traceparent of ctx, for the messages.
	Trace func(ctx context.Context) string
	// Revoked tells this process at once what the others learn from the broadcast.
	Revoked func(sessionID string, until time.Time)
}

// Service is the use cases. Create it with New; its methods may be called concurrently.
type Service struct {
	options Options
}

// New returns the use cases over a store. It fails where KeyRotation is not positive or BootstrapOperator no address.
func New(o Options) (*Service, error) {
	o.BootstrapOperator = NormalEmail(o.BootstrapOperator)
	if o.KeyRotation <= 0 {
		return nil, fmt.Errorf("the key rotation is %v, must be more than 0", o.KeyRotation)
	}
	if o.BootstrapOperator != "" && !isEmail(o.BootstrapOperator) {
		return nil, errors.New("the bootstrap operator must be an e-mail address")
	}
	return &Service{options: o}, nil
}

// now returns the time as stores keep it, so that an answer does not change when it is read again.
func (s *Service) now() time.Time { return s.options.Clock().UTC().Truncate(time.Microsecond) }

// message returns the message of that type about the subject, as part of ctx's trace.
func (s *Service) message(ctx context.Context, typ, subject string, data any) (cloudevent.Event, error) {
	event, err := cloudevent.New(s.options.NewID(), source, typ, subject, s.now(), data)
	event.Trace = s.options.Trace(ctx)
	return event, err
}

func (s *Service) endingNow(ctx context.Context) Ending {
	return Ending{At: s.now(), Announce: func(session Session) (cloudevent.Event, error) {
		return s.message(ctx, contracts.SessionRevoked, session.ID, session.message())
	}}
}

// refuse makes this process refuse the tokens of sessions that have ended.
func (s *Service) refuse(ended []Session) {
	for _, session := range ended {
		s.options.Revoked(session.ID, session.TokenExpires)
	}
}

// audit writes what somebody did to a user, and why it failed if it did.
func (s *Service) audit(ctx context.Context, action, by, userID string, err error, details ...audit.Detail) {
	s.options.Audit(ctx, audit.Entry{
		Action: action, User: by, Object: audit.Object{Type: "user", ID: userID}, Reason: audit.Reason(err), Details: details,
	})
}
