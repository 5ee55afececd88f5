package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/identity"
)

// rivals is how many callers the suite lets do the same thing at once.
const rivals = 20

func findUsers(t *testing.T, database Database) {
	f := open(t, database)
	ada := user("ada", auth.RoleOrganizer)
	f.create(ada, user("bob"))
	found, err := f.Store.User(t.Context(), "ada")
	require.NoError(t, err)
	require.Equal(t, ada, found)
	found, err = f.Store.UserByEmail(t.Context(), "ada@example.org")
	require.NoError(t, err)
	require.Equal(t, ada, found)

	_, err = f.Store.User(t.Context(), "eve")
	require.Equal(t, "user-not-found", fault.CodeOf(err))
	_, err = f.Store.UserByEmail(t.Context(), "eve@example.org")
	require.Equal(t, "user-not-found", fault.CodeOf(err))
	_, _, err = f.Store.SetRoles(t.Context(), "eve", []string{auth.RoleCustomer}, ending(start()))
	require.Equal(t, "user-not-found", fault.CodeOf(err))
}

func uniqueAddress(t *testing.T, database Database) {
	f := open(t, database)
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range rivals {
		wg.Go(func() {
			u := user(fmt.Sprint("ada", i))
			u.Email = "ada@example.org"
			err := f.Store.CreateUser(t.Context(), u, registered(u))
			if err == nil {
				won.Add(1)
				return
			}
			if fault.CodeOf(err) != identity.ErrEmailTaken.Code {
				t.Errorf("must be refused as %s: %v", identity.ErrEmailTaken.Code, err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	require.Len(t, messages(t.Context(), t, f.Log), 1, "who was refused must not be announced")
}

func registeredMessage(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada"))
	f.requireMessages("user user.registered ada")
}

func replaceRoles(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada"), user("bob", auth.RoleOrganizer))
	f.signIn(session("a1", "ada"), session("b1", "bob"), session("b2", "bob"))

	organizer := []string{auth.RoleCustomer, auth.RoleOrganizer}
	ada, ended, err := f.Store.SetRoles(t.Context(), "ada", organizer, ending(start()))
	require.NoError(t, err)
	require.Empty(t, ended, "gaining a role ends nothing")
	require.Equal(t, organizer, ada.Roles)

	bob, ended, err := f.Store.SetRoles(t.Context(), "bob", []string{auth.RoleCustomer}, ending(start().Add(time.Minute)))
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"b1", "b2"}, ids(ended))
	require.Equal(t, []string{auth.RoleCustomer}, bob.Roles)
	stored, err := f.Store.User(t.Context(), "bob")
	require.NoError(t, err)
	require.Equal(t, bob, stored)
	f.requireMessages("user user.registered ada", "user user.registered bob",
		"session session.revoked b1", "session session.revoked b2")
}

func lastOperator(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada", auth.RoleOperator), user("bob"))
	f.signIn(session("a1", "ada"))
	customer := []string{auth.RoleCustomer}
	_, _, err := f.Store.SetRoles(t.Context(), "ada", customer, ending(start()))
	require.ErrorIs(t, err, identity.ErrLastOperator)
	revoked, err := f.Store.Revoked(t.Context(), start())
	require.NoError(t, err)
	require.Empty(t, revoked)

	_, _, err = f.Store.SetRoles(t.Context(), "bob", []string{auth.RoleCustomer, auth.RoleOperator}, ending(start()))
	require.NoError(t, err)
	ada, ended, err := f.Store.SetRoles(t.Context(), "ada", customer, ending(start()))
	require.NoError(t, err)
	require.Equal(t, customer, ada.Roles)
	require.Equal(t, []string{"a1"}, ids(ended))
}

func lastOperatorAtOnce(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada", auth.RoleOperator), user("bob", auth.RoleOperator))
	var refused atomic.Int64
	var wg sync.WaitGroup
	for _, id := range []string{"ada", "bob"} {
		wg.Go(func() {
			_, _, err := f.Store.SetRoles(t.Context(), id, []string{auth.RoleCustomer}, ending(start()))
			if fault.CodeOf(err) == identity.ErrLastOperator.Code {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, refused.Load())
}

func changePassword(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada"))
	f.signIn(session("a1", "ada"))
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range rivals {
		wg.Go(func() {
			_, err := f.Store.ChangePassword(t.Context(), "ada", "hash of ada", fmt.Sprint("new hash ", i), ending(start()))
			if err == nil {
				won.Add(1)
				return
			}
			require.ErrorIs(t, err, identity.ErrPasswordChanged)
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	f.requireMessages("user user.registered ada", "session session.revoked a1")
}
