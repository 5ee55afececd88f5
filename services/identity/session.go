package identity

import (
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

// SessionLife is how long after a sign-in its token can be renewed.
const SessionLife = 12 * time.Hour

// Session is what a sign-in starts: a series of tokens, each renewed with the one before it.
type Session struct {
	ID           string
	UserID       string
	CreatedAt    time.Time
	TokenExpires time.Time // of the last token
	RevokedAt    time.Time // zero while it has not been revoked
}

// Live reports whether a token of the session may still be in use.
func (s Session) Live(at time.Time) bool { return s.RevokedAt.IsZero() && at.Before(s.TokenExpires) }

// CheckRenewal returns an Unauthenticated error where the session's token cannot be renewed any more.
func (s Session) CheckRenewal(at time.Time) error {
	switch {
	case !s.RevokedAt.IsZero():
		return errSessionRevoked()
	case !at.Before(s.TokenExpires), !at.Before(s.CreatedAt.Add(SessionLife)):
		return fault.New(fault.Unauthenticated, "session-expired", "The session is too old to be renewed; sign in again.")
	}
	return nil
}

func (s Session) message() contracts.Session {
	return contracts.Session{ID: s.ID, UserID: s.UserID, Expires: s.TokenExpires}
}

// Ending says when sessions end and how that is announced. A store calls Announce for each session it ends, maybe more
// than once, and commits the message with the change, to contracts.TopicSession.
type Ending struct {
	At       time.Time
	Announce func(Session) (cloudevent.Event, error)
}

// Token is what somebody who is signed in holds.
type Token struct {
	Value   string
	Expires time.Time
}

func errSessionRevoked() error {
	return fault.New(fault.Unauthenticated, "session-revoked", "The session has ended; sign in again.")
}
