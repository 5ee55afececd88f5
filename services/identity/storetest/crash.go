package storetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/services/identity"
)

// state is everything about a store that the suite can see.
type state struct {
	users    []identity.User
	revoked  []string
	keys     []identity.SigningKey
	messages []string
}

func (f *fixture) state() state {
	f.t.Helper()
	var s state
	for _, email := range []string{"ada@example.org", "bob@example.org", "eve@example.org"} {
		if u, err := f.Store.UserByEmail(f.t.Context(), email); err == nil {
			s.users = append(s.users, u)
		}
	}
	revoked, err := f.Store.Revoked(f.t.Context(), start())
	require.NoError(f.t, err)
	s.revoked = ids(revoked)
	s.keys, err = f.Store.Keys(f.t.Context())
	require.NoError(f.t, err)
	s.messages = messages(f.t.Context(), f.t, f.Log)
	slices.Sort(s.revoked) // a session a message each, in any order
	slices.Sort(s.messages)
	return s
}

// furnish fills a database for the operations below.
func furnish(t *testing.T, database Database) state {
	t.Helper()
	opened := database(t, nil)
	defer opened.Close()
	f := &fixture{Opened: opened, t: t}
	f.create(user("ada", auth.RoleOperator), user("bob", auth.RoleOrganizer))
	f.signIn(session("a1", "ada"), session("b1", "bob"), session("b2", "bob"))
	require.NoError(t, f.Store.AddKey(t.Context(), key(1)))
	return f.state()
}

func reopen(t *testing.T, database Database) {
	want := furnish(t, database)
	require.Equal(t, want, look(t, database))
}

func look(t *testing.T, database Database) state {
	t.Helper()
	opened := database(t, nil)
	defer opened.Close()
	return (&fixture{Opened: opened, t: t}).state()
}

// crashes lets each operation fail at its first write, its second, and so on until it gets through. What is found after
// opening the store again must be the state before or the state after it, messages included.
func crashes(t *testing.T, fresh func(t *testing.T) Database) {
	operations := map[string]func(*testing.T, identity.Store) error{
		"create a user": func(t *testing.T, s identity.Store) error {
			return s.CreateUser(t.Context(), user("eve"), registered(user("eve")))
		},
		"take a role": func(t *testing.T, s identity.Store) error {
			_, _, err := s.SetRoles(t.Context(), "bob", []string{auth.RoleCustomer}, ending(start()))
			return err
		},
		"change a password": func(t *testing.T, s identity.Store) error {
			_, err := s.ChangePassword(t.Context(), "bob", "hash of bob", "new hash", ending(start()))
			return err
		},
		"end a session": func(t *testing.T, s identity.Store) error {
			_, err := s.EndSession(t.Context(), "a1", ending(start()))
			return err
		},
		"add a key": func(t *testing.T, s identity.Store) error { return s.AddKey(t.Context(), key(2)) },
	}
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, whole := outcome(t, fresh(t), operation)
			require.NotEqual(t, before, whole)
			for survived := 0; ; survived++ {
				database := fresh(t)
				furnish(t, database)
				err := crashAfter(t, database, survived, operation)
				after := look(t, database)
				if err == nil {
					require.Equal(t, whole, after)
					require.Positive(t, survived, "the store does not call the hook")
					return
				}
				if !reflect.DeepEqual(before, after) {
					require.Equal(t, whole, after, "after %d writes", survived)
				}
			}
		})
	}
}

// outcome returns the state before and after the operation where nothing fails.
func outcome(t *testing.T, database Database, operation func(*testing.T, identity.Store) error) (before, after state) {
	t.Helper()
	before = furnish(t, database)
	opened := database(t, nil)
	defer opened.Close()
	require.NoError(t, operation(t, opened.Store))
	return before, (&fixture{Opened: opened, t: t}).state()
}

// crashAfter runs the operation against a store whose writes all fail after the first few.
func crashAfter(t *testing.T, database Database, survived int, operation func(*testing.T, identity.Store) error) error {
	t.Helper()
	writes := 0
	opened := database(t, func(string) error {
		if writes++; writes > survived {
			return errors.New("the power is gone")
		}
		return nil
	})
	defer opened.Close()
	return operation(t, opened.Store)
}
