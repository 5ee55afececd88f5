package bleve_test

import (
	"fmt"
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

// oldIndex puts into the directory what an earlier version left there: an index with nothing to filter or sort by.
func oldIndex(t *testing.T, dir string, documents ...search.Document) {
	t.Helper()
	stored := upstream.NewKeywordFieldMapping()
	stored.Index = false
	m := upstream.NewIndexMapping()
	m.DefaultMapping = upstream.NewDocumentStaticMapping()
	m.DefaultMapping.AddFieldMappingsAt("name", upstream.NewTextFieldMapping())
	m.DefaultMapping.AddFieldMappingsAt("version", stored)
	m.DefaultMapping.AddFieldMappingsAt("document", stored)
	old, err := upstream.New(dir, m)
	require.NoError(t, err)
	batch := old.NewBatch()
	for _, d := range documents {
		require.NoError(t, batch.Index(d.Key(), map[string]any{
			"name": "Jazz night", "version": fmt.Sprint(d.Version), "document": string(d.Data),
		}))
	}
	require.NoError(t, old.Batch(batch))
	require.NoError(t, old.Close())
}

func TestAnOldIndexIsIndexedAnew(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "index")
	var documents []search.Document
	for i := range 1500 {
		documents = append(documents, booking(i))
	}
	for i := range 1100 {
		event := indextest.Event(fmt.Sprintf("e%04d", i), "Jazz night")
		event.Version = 3
		documents = append(documents, indextest.EventDocument(event))
	}
	oldIndex(t, dir, documents...)

	for range 2 { // the second time there is nothing to do
		index := open(t, dir)
		stats, err := index.Stats(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1100, stats["events"])
		require.EqualValues(t, 1500, stats["bookings"])
		found, err := index.SearchBookings(t.Context(), booking(1499).Booking.UserID, search.BookingQuery{Text: "jazz", Limit: 10})
		require.NoError(t, err)
		require.Len(t, found.Hits, 1)
		require.Equal(t, *booking(1499).Booking, found.Hits[0].Item)

		page, err := index.SearchEvents(t.Context(), search.Query{Country: "DE", Sort: search.SortName, Limit: 10})
		require.NoError(t, err)
		require.Equal(t, 1100, page.Total)
		require.Equal(t, []search.FacetValue{{Value: "2026-11", Count: 1100}}, page.Facets.Month)
		older := indextest.EventDocument(indextest.Event("e0000", "Rock night"))
		require.NoError(t, index.Apply(t.Context(), []search.Document{older}))
		entries, err := index.Copy(t.Context(), "event/", 1)
		require.NoError(t, err)
		require.EqualValues(t, 3, entries[0].Version, "versions are kept")
		require.NoFileExists(t, filepath.Join(dir, "index_meta.json"))
		require.NoDirExists(t, filepath.Join(dir, "store"))
		require.NoError(t, index.Close())
	}
}

func TestOpenSurvivesACrashWhileCreating(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "index")
	oldIndex(t, dir, indextest.EventDocument(indextest.Event("e1", "Jazz night")), booking(1))
	temporary := filepath.Join(dir, "events-2.new")
	require.NoError(t, os.MkdirAll(filepath.Join(temporary, "store"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(temporary, "index_meta.json"), []byte(`{"storage":`), 0o600))
	has := func(index *bleve.Index) {
		stats, err := index.Stats(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 1, stats["events"])
		require.EqualValues(t, 1, stats["bookings"])
		require.NoError(t, index.Close())
	}

	has(open(t, dir))
	require.NoDirExists(t, temporary)

	left := filepath.Join(dir, "index_meta.json") // of the old index, all of which is copied
	require.NoError(t, os.WriteFile(left, []byte("{}"), 0o600))
	has(open(t, dir))
	require.NoFileExists(t, left)
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
