package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/booking/sqlite"
	"github.com/myevents/myevents/services/booking/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB, dir string, hook func(string) error) storetest.Backend {
		store, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "booking.db"), WriteHook: hook})
		require.NoError(t, err)
		return store
	})
}

// TestAuditNamesTheEvent changes the file behind the store's back: nothing else makes inventory and bookings differ.
func TestAuditNamesTheEvent(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "booking.db")
	store, err := sqlite.Open(t.Context(), sqlite.Options{Path: file})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err = store.Restore(t.Context(), []contracts.Event{{ID: "folk", Version: 1, Capacity: 9}, {ID: "jazz", Version: 1, Capacity: 9}})
	require.NoError(t, err)

	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "INSERT INTO inventories (event_id, version, seats_taken) VALUES ('folk', 1, 0), ('jazz', 1, 3)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
	mismatches, err := store.Audit(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"jazz": 3}, mismatches)
}
