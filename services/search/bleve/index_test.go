package bleve_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

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

	require.NoError(t, index.Apply(t.Context(), []search.Document{search.EventDocument(indextest.Event("e1", "Jazz night"))}))
	require.NoDirExists(t, dir+".new")
}

func TestASecondOpenerIsRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "index")
	open(t, dir)
	_, err := bleve.Open(dir)
	require.ErrorContains(t, err, dir)
}

func TestStatsCountDocuments(t *testing.T) {
	t.Parallel()
	index := open(t, filepath.Join(t.TempDir(), "index"))
	require.NoError(t, index.Apply(t.Context(), []search.Document{search.EventDocument(indextest.Event("e1", "Jazz night"))}))
	stats, err := index.Stats()
	require.NoError(t, err)
	require.EqualValues(t, 1, stats["documents"])
}

func BenchmarkApply(b *testing.B) {
	for _, size := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("%d bookings", size), func(b *testing.B) {
			index := open(b, filepath.Join(b.TempDir(), "index"))
			id := 0
			for b.Loop() {
				documents := make([]search.Document, size)
				for i := range documents {
					id++
					user, name := fmt.Sprintf("u%d", id%1000), fmt.Sprintf("Jazz night %d", id%100)
					documents[i] = search.BookingDocument(indextest.Booking(fmt.Sprintf("%09d", id), user, name))
				}
				require.NoError(b, index.Apply(b.Context(), documents))
			}
			b.ReportMetric(float64(id)/b.Elapsed().Seconds(), "bookings/s")
		})
	}
}

func BenchmarkSearchBookings(b *testing.B) {
	index := open(b, filepath.Join(b.TempDir(), "index"))
	documents := make([]search.Document, 50_000)
	for i := range documents {
		user, name := fmt.Sprintf("u%d", i%1000), fmt.Sprintf("Jazz night %d", i%77)
		documents[i] = search.BookingDocument(indextest.Booking(fmt.Sprintf("%09d", i), user, name))
	}
	require.NoError(b, index.Apply(b.Context(), documents))
	for b.Loop() {
		page, err := index.SearchBookings(b.Context(), "u7", search.Query{Text: "jaz nigth", Limit: 20})
		require.NoError(b, err)
		require.Len(b, page.Hits, 20)
	}
}

func open(t testing.TB, dir string) *bleve.Index {
	t.Helper()
	index, err := bleve.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, index.Close()) })
	return index
}
