package containers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/services/identity"
	store "github.com/myevents/myevents/services/identity/mongodb"
)

// TestInstancesOnMongoDBShowAUserWithTheAddress signs somebody up twice at once: while one instance is making the user, between
// any two writes of it after the change has happened, another is asked for the same address. It refuses, and then the user
// has to be there: clients sign in next.
func TestInstancesOnMongoDBShowAUserWithTheAddress(t *testing.T) {
	t.Parallel()
	url := mongoDBAt(t, t.TempDir())
	other := openIdentity(t, url, nil)
	for n := range 6 { // users
		for between, asked := 0, true; asked; between++ {
			asked = false
			email := fmt.Sprintf("ada%d.%d@example.org", n, between)
			happened, writes := false, 0
			one := openIdentity(t, url, func(write string) error {
				if happened {
					if writes == between {
						asked = true
						require.ErrorIs(t, signUp(t, other, "second", email), identity.ErrEmailTaken)
						_, err := other.UserByEmail(t.Context(), email)
						require.NoError(t, err, "before write %d, %s", writes, write)
					}
					writes++
				}
				happened = happened || write == "update changes"
				return nil
			})
			require.NoError(t, signUp(t, one, "first", email))
			require.True(t, happened)
		}
	}
}

func openIdentity(t *testing.T, url string, hook func(string) error) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url, WriteHook: hook})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func signUp(t *testing.T, s *store.Store, id, email string) error {
	t.Helper()
	u := identity.User{ID: id + " " + email, Email: email, Roles: []string{auth.RoleCustomer}, CreatedAt: time.Now()}
	e, err := cloudevent.New(u.ID, "/identity", contracts.UserRegistered, u.ID, u.CreatedAt, contracts.User{ID: u.ID})
	require.NoError(t, err)
	return s.CreateUser(t.Context(), u, e)
}
