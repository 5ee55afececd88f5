package storetest

import (
	"crypto/ed25519"
	"errors"
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

func sessionOfOldPassword(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada"))
	_, err := f.Store.ChangePassword(t.Context(), "ada", "hash of ada", "new hash", ending(start()))
	require.NoError(t, err)
	_, err = f.Store.CreateSession(t.Context(), session("a1", "ada"), "hash of ada")
	require.ErrorIs(t, err, identity.ErrPasswordChanged)
	_, err = f.Store.RenewSession(t.Context(), "a1", start(), start().Add(time.Minute))
	require.Equal(t, "session-not-found", fault.CodeOf(err))
	ada, err := f.Store.CreateSession(t.Context(), session("a1", "ada"), "new hash")
	require.NoError(t, err)
	require.Equal(t, "new hash", ada.PasswordHash)
}

func renewSession(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada"))
	f.signIn(session("a1", "ada"))
	_, _, err := f.Store.SetRoles(t.Context(), "ada", []string{auth.RoleCustomer, auth.RoleOrganizer}, ending(start()))
	require.NoError(t, err)

	at := start().Add(auth.TokenLife - time.Second)
	ada, err := f.Store.RenewSession(t.Context(), "a1", at, at.Add(auth.TokenLife))
	require.NoError(t, err)
	require.True(t, ada.Is(auth.RoleOrganizer), "the roles are those of now")
	_, err = f.Store.RenewSession(t.Context(), "a1", at, at.Add(time.Minute))
	require.NoError(t, err, "a renewal that started earlier")

	at = at.Add(auth.TokenLife)
	_, err = f.Store.RenewSession(t.Context(), "a1", at, at.Add(auth.TokenLife))
	require.Equal(t, "session-expired", fault.CodeOf(err), "its last token has just expired")
	at = at.Add(-time.Second)
	ended, err := f.Store.EndSession(t.Context(), "a1", ending(at))
	require.NoError(t, err)
	require.Len(t, ended, 1, "the later of two expiries counts")
	_, err = f.Store.RenewSession(t.Context(), "a1", at, at.Add(auth.TokenLife))
	require.Equal(t, "session-revoked", fault.CodeOf(err))
}

func endSession(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada"))
	f.signIn(session("a1", "ada"), session("a2", "ada"))
	var ended atomic.Int64
	var wg sync.WaitGroup
	for range rivals {
		wg.Go(func() {
			sessions, err := f.Store.EndSession(t.Context(), "a1", ending(start()))
			if err != nil {
				t.Errorf("ending a session: %v", err)
			}
			ended.Add(int64(len(sessions)))
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, ended.Load())
	f.requireMessages("user user.registered ada", "session session.revoked a1")

	sessions, err := f.Store.EndSession(t.Context(), "a9", ending(start()))
	require.NoError(t, err)
	require.Empty(t, sessions)
	sessions, err = f.Store.EndSession(t.Context(), "a2", ending(start().Add(auth.TokenLife)))
	require.NoError(t, err)
	require.Empty(t, sessions, "it has ended by itself")
}

func listRevoked(t *testing.T, database Database) {
	f := open(t, database)
	f.create(user("ada"))
	f.signIn(session("a1", "ada"), session("a2", "ada"))
	_, err := f.Store.EndSession(t.Context(), "a1", ending(start().Add(time.Minute)))
	require.NoError(t, err)
	for at, want := range map[time.Duration][]string{0: {"a1"}, auth.TokenLife - time.Second: {"a1"}, auth.TokenLife: {}} {
		revoked, err := f.Store.Revoked(t.Context(), start().Add(at))
		require.NoError(t, err)
		require.Equal(t, want, ids(revoked), at)
	}
	revoked, err := f.Store.Revoked(t.Context(), start())
	require.NoError(t, err)
	want := session("a1", "ada")
	want.RevokedAt = start().Add(time.Minute)
	require.Equal(t, []identity.Session{want}, revoked)
}

func key(sequence int64) identity.SigningKey {
	return identity.SigningKey{
		Sequence: sequence, ID: fmt.Sprint("k", sequence), ActiveFrom: start().Add(time.Duration(sequence) * time.Hour),
		Private: ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%032d", sequence))),
	}
}

func addKeys(t *testing.T, database Database) {
	f := open(t, database)
	keys, err := f.Store.Keys(t.Context())
	require.NoError(t, err)
	require.Empty(t, keys)
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range rivals {
		wg.Go(func() {
			k := key(1)
			k.ID = fmt.Sprint("rival", i)
			switch err := f.Store.AddKey(t.Context(), k); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, identity.ErrKeyExists):
				t.Errorf("must be refused as %v: %v", identity.ErrKeyExists, err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	require.NoError(t, f.Store.AddKey(t.Context(), key(2)))
	keys, err = f.Store.Keys(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 2)
	require.Equal(t, key(2), keys[1])
}

func forget(t *testing.T, database Database) {
	f := open(t, database)
	for i := range int64(3) {
		require.NoError(t, f.Store.AddKey(t.Context(), key(i+1)))
	}
	f.create(user("ada"))
	young := session("young", "ada")
	young.TokenExpires = start().Add(time.Hour)
	f.signIn(session("old", "ada"), young)

	require.NoError(t, f.Store.Forget(t.Context(), 2, start().Add(30*time.Minute)))
	keys, err := f.Store.Keys(t.Context())
	require.NoError(t, err)
	require.Equal(t, []identity.SigningKey{key(2), key(3)}, keys)
	_, err = f.Store.RenewSession(t.Context(), "old", start(), start())
	require.Equal(t, "session-not-found", fault.CodeOf(err))
	_, err = f.Store.RenewSession(t.Context(), "young", start(), start())
	require.NoError(t, err)
}
