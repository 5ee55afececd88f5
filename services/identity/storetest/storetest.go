// Package storetest is the conformance suite of identity.Store. Every adapter passes it unchanged.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/services/identity"
)

// Opened is a store that is open, and its outbox.
type Opened struct {
	Store identity.Store
	Log   outbox.Log
	Close func()
}

// Database is one database, empty at first, that can be opened again after Close. The store calls hook, if it is not
// nil, before every single write and takes its error for one of the database.
type Database func(t *testing.T, hook func(write string) error) Opened

// Run runs the suite; fresh returns a database of the test's own.
func Run(t *testing.T, fresh func(t *testing.T) Database) {
	t.Helper()
	tests := map[string]func(*testing.T, Database){
		"users are found by id and by address":                     findUsers,
		"an address belongs to one user, however many ask at once": uniqueAddress,
		"a user's message is committed with them":                  registeredMessage,
		"roles are replaced and losing one ends the sessions":      replaceRoles,
		"the last operator stays one":                              lastOperator,
		"one of two operators stays when both leave at once":       lastOperatorAtOnce,
		"a password is changed once from the same old one":         changePassword,
		"no session starts with a password that was changed":       sessionOfOldPassword,
		"a session is renewed while it lives":                      renewSession,
		"a session is ended once, with one message":                endSession,
		"revocations are listed until the last token expires":      listRevoked,
		"a key's sequence is taken once":                           addKeys,
		"old keys and sessions are forgotten":                      forget,
		"everything is there after opening again":                  reopen,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh(t))
		})
	}
	t.Run("a crash between any two writes leaves all or nothing", func(t *testing.T) {
		t.Parallel()
		crashes(t, fresh)
	})
}

// start is the time at which everything in the suite begins.
func start() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) }

// fixture is an open store with what the tests do to it.
type fixture struct {
	Opened
	t *testing.T
}

func open(t *testing.T, database Database) *fixture {
	t.Helper()
	opened := database(t, nil)
	t.Cleanup(opened.Close)
	return &fixture{Opened: opened, t: t}
}

func user(id string, roles ...string) identity.User {
	return identity.User{
		ID: id, Email: id + "@example.org", FirstName: "First " + id, LastName: "Last", PasswordHash: "hash of " + id,
		Roles: append([]string{auth.RoleCustomer}, roles...), CreatedAt: start(),
	}
}

func session(id, userID string) identity.Session {
	return identity.Session{ID: id, UserID: userID, CreatedAt: start(), TokenExpires: start().Add(auth.TokenLife)}
}

func registered(u identity.User) cloudevent.Event {
	e, err := cloudevent.New("registered-"+u.ID, "/identity", contracts.UserRegistered, u.ID, u.CreatedAt, contracts.User{ID: u.ID})
	if err != nil {
		panic(err)
	}
	return e
}

func ending(at time.Time) identity.Ending {
	return identity.Ending{At: at, Announce: func(s identity.Session) (cloudevent.Event, error) {
		return cloudevent.New("revoked-"+s.ID, "/identity", contracts.SessionRevoked, s.ID, at, contracts.Session{ID: s.ID})
	}}
}

func (f *fixture) create(users ...identity.User) {
	f.t.Helper()
	for _, u := range users {
		require.NoError(f.t, f.Store.CreateUser(f.t.Context(), u, registered(u)))
	}
}

func (f *fixture) signIn(sessions ...identity.Session) {
	f.t.Helper()
	for _, s := range sessions {
		u, err := f.Store.User(f.t.Context(), s.UserID)
		require.NoError(f.t, err)
		_, err = f.Store.CreateSession(f.t.Context(), s, u.PasswordHash)
		require.NoError(f.t, err)
	}
}

// messages returns "topic type subject" of everything in the outbox.
func messages(ctx context.Context, t *testing.T, log outbox.Log) []string {
	t.Helper()
	entries, err := log.Read(ctx, 0, 1000)
	require.NoError(t, err)
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = fmt.Sprintln(e.Topic, e.Type, e.Subject)
	}
	return list
}

func (f *fixture) requireMessages(want ...string) {
	f.t.Helper()
	for i := range want {
		want[i] += "\n"
	}
	require.ElementsMatch(f.t, want, messages(f.t.Context(), f.t, f.Log))
}

func ids(sessions []identity.Session) []string {
	list := make([]string, len(sessions))
	for i, s := range sessions {
		list[i] = s.ID
	}
	return list
}
