package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

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
