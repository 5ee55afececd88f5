package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/sqlite"
	store "github.com/myevents/myevents/services/identity/sqlite"
	"github.com/myevents/myevents/services/identity/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Database {
		path := filepath.Join(t.TempDir(), "identity.db")
		return func(t *testing.T, hook func(string) error) storetest.Opened {
			db, err := sqlite.Open(t.Context(), sqlite.Options{
				Path: path, Service: "identity", Schema: store.Schema, WriteHook: hook,
			})
			require.NoError(t, err)
			s := store.New(db)
			return storetest.Opened{
				Store: s, Log: s.Outbox(),
				Close: func() { require.NoError(t, db.Close()) },
			}
		}
	})
}
