package bleve_test

import (
	"os"
	"path/filepath"
	"testing"

	upstream "github.com/blevesearch/bleve/v2"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/bleve"
	"github.com/myevents/myevents/services/search/indextest"
)

func TestIndex(t *testing.T) {
	t.Parallel()
	indextest.Run(t, func(t *testing.T) indextest.Harness {
		dir := filepath.Join(t.TempDir(), "index")
		index := open(t, dir)
		return indextest.Harness{Index: index, Reopen: func() search.Index {
			require.NoError(t, index.Close())
			return open(t, dir)
		}}
	})
}

func TestOpenSurvivesACrashWhileCreating(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "index")
	require.NoError(t, os.MkdirAll(filepath.Join(dir+".new", "store"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir+".new", "index_meta.json"), []byte(`{"storage":`), 0o600))

	index := open(t, dir)

	require.NoError(t, index.Apply(t.Context(), []search.Document{indextest.EventDocument(indextest.Event("e1", "Jazz night"))}))
	require.NoDirExists(t, dir+".new")
}

func TestBookingsInAnOldIndexOfEventsAreMoved(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "index")
	require.NoError(t, open(t, dir).Close())
	old, err := upstream.Open(dir)
	require.NoError(t, err)
	batch := old.NewBatch()
	for i := range 1500 {
		d := booking(i)
		require.NoError(t, batch.Index(d.Key(), map[string]any{"version": "1", "document": string(d.Data)}))
	}
	event := indextest.EventDocument(indextest.Event("e1", "Jazz night"))
	require.NoError(t, batch.Index(event.Key(), map[string]any{"name": "Jazz night", "version": "1", "document": string(event.Data)}))
	require.NoError(t, old.Batch(batch))
	require.NoError(t, old.Close())

	for range 2 { // the second time there is nothing to move
		index := open(t, dir)
		stats, err := index.Stats(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, stats["events"])
		require.EqualValues(t, 1500, stats["bookings"])
		found, err := index.SearchBookings(t.Context(), booking(1499).Booking.UserID, search.Query{Text: "jazz", Limit: 10})
		require.NoError(t, err)
		require.Len(t, found.Hits, 1)
		require.Equal(t, *booking(1499).Booking, found.Hits[0].Item)
		require.NoError(t, index.Close())
	}
}

func TestASecondOpenerIsRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "index")
	open(t, dir)
	_, err := bleve.Open(t.Context(), dir)
	require.ErrorContains(t, err, dir)
}

func TestStatsCountDocuments(t *testing.T) {
	t.Parallel()
	index := open(t, filepath.Join(t.TempDir(), "index"))
	require.NoError(t, index.Apply(t.Context(), []search.Document{
		indextest.EventDocument(indextest.Event("e1", "Jazz night")),
		indextest.BookingDocument(indextest.Booking("b1", "ann", "Jazz night")),
		indextest.BookingDocument(indextest.Booking("b2", "bob", "Jazz night")),
	}))
	stats, err := index.Stats(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, stats["events"])
	require.EqualValues(t, 2, stats["bookings"])
}

func open(t testing.TB, dir string) *bleve.Index {
	t.Helper()
	index, err := bleve.Open(t.Context(), dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, index.Close()) })
	return index
}
