package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/event/sqlite"
	"github.com/myevents/myevents/services/event/storetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, dir string, beforeWrite func() error) storetest.Store {
		return open(t, dir, beforeWrite)
	})
}

func open(t testing.TB, dir string, beforeWrite func() error) *sqlite.Store {
	o := sqlite.Options{Path: filepath.Join(dir, "event.db")}
	if beforeWrite != nil {
		o.WriteHook = func(string) error { return beforeWrite() }
	}
	s, err := sqlite.Open(t.Context(), o)
	require.NoError(t, err)
	return s
}
