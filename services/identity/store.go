package identity

import (
	"context"
	"errors"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

// Store keeps users, sessions and keys. Every method is atomic: it happens wholly, with its messages, or not at all, and
// what it returned without an error survives a crash. Errors that are not named here mean that the store is broken.
type Store interface {
	// CreateUser adds the user and commits the message, to contracts.TopicUser, with it. It fails with ErrEmailTaken.
	CreateUser(ctx context.Context, u User, registered cloudevent.Event) error
	// User fails with fault.Missing("user").
	User(ctx context.Context, id string) (User, error)
	// UserByEmail finds a normalised address; it fails with fault.Missing("user").
	UserByEmail(ctx context.Context, email string) (User, error)
	// SetRoles replaces the user's roles and returns the user after that. A user who loses a role loses the live sessions
	// too: they are ended and returned. It fails with fault.Missing("user") and, where nobody else is an operator and
	// the user would not be one any more, with ErrLastOperator.
	SetRoles(ctx context.Context, userID string, roles []string, end Ending) (User, []Session, error)
	// ChangePassword replaces oldHash, and ends and returns the user's live sessions. It fails with ErrPasswordChanged
	// where the user's hash is not oldHash.
	ChangePassword(ctx context.Context, userID, oldHash, newHash string, end Ending) ([]Session, error)

	// CreateSession adds the session and returns its user as of that moment. It fails with ErrPasswordChanged where the
	// user's hash is not passwordHash: a session must not start with a password that was changed while it was checked.
	CreateSession(ctx context.Context, s Session, passwordHash string) (User, error)
	// RenewSession sets the session's TokenExpires and returns its user as of that moment. It fails with what
	// Session.CheckRenewal says at that time, and with fault.Missing("session").
	RenewSession(ctx context.Context, id string, at, tokenExpires time.Time) (User, error)
	// EndSession ends and returns the session if it is live; otherwise it returns none.
	EndSession(ctx context.Context, id string, end Ending) ([]Session, error)
	// Revoked returns the ended sessions that have a token which would be accepted at that time.
	Revoked(ctx context.Context, at time.Time) ([]Session, error)

	// Keys returns all keys by ascending sequence.
	Keys(ctx context.Context) ([]SigningKey, error)
	// AddKey adds a key. It fails with ErrKeyExists where there is one of that sequence: another instance was faster.
	AddKey(ctx context.Context, k SigningKey) error
	// Forget deletes the keys before the sequence and the sessions whose last token expired before that time.
	Forget(ctx context.Context, sequence int64, before time.Time) error
}

// What a Store refuses.
var (
	ErrEmailTaken = fault.New(fault.Conflict, "email-taken", "There is a user with this e-mail address already.")
	// ErrLastOperator protects the platform from being left without anybody who could grant roles.
	ErrLastOperator = fault.New(fault.Conflict, "last-operator", "This is the last operator; make somebody else one first.")
	// ErrPasswordChanged means that a password which was right a moment ago is wrong now. The use cases answer as such.
	ErrPasswordChanged = errors.New("the password has just been changed")
	// ErrKeyExists makes the use cases read the keys again.
	ErrKeyExists = errors.New("there is a key of this sequence already")
)

// Passwords hashes passwords, slowly on purpose. Both methods fail as Unavailable while too many people sign in.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
	// Match reports whether the hash is of the password. With an empty hash it takes as long and says no.
	Match(ctx context.Context, hash, password string) (bool, error)
	// Pseudonym returns a keyed hash of an e-mail address: equal for equal ones, and useless to whoever lacks the key.
	Pseudonym(email string) string
}
