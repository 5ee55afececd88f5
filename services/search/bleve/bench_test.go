package bleve_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/indextest"
)

// booking returns the i-th document of bookings by many users, in which ids are as long as real ones.
func booking(i int) search.Document {
	user := fmt.Sprintf("0198c0de-aaaa-7000-8000-%012d", i*7919%10_000)
	b := indextest.Booking(fmt.Sprintf("0198c0de-bbbb-7000-8000-%012d", i), user, fmt.Sprintf("Jazz night at the river %d", i%100))
	b.EventID = "0198c0de-cccc-7000-8000-000000000001"
	return indextest.BookingDocument(b)
}

func BenchmarkApply(b *testing.B) {
	for _, size := range []int{1, 16, 256, 1000} {
		b.Run(fmt.Sprintf("%d bookings", size), func(b *testing.B) {
			index := open(b, filepath.Join(b.TempDir(), "index"))
			b.ReportAllocs()
			documents := make([]search.Document, size)
			applied := 0
			for b.Loop() {
				b.StopTimer()
				for i := range documents {
					documents[i] = booking(applied)
					applied++
				}
				b.StartTimer()
				require.NoError(b, index.Apply(b.Context(), documents))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(applied), "ns/booking")
		})
	}
}

func BenchmarkSearchBookings(b *testing.B) {
	for name, c := range map[string]struct{ others, own, events int }{
		"10 of a million bookings":         {1_000_000, 10, 10},
		"10,000 bookings of 100 events":    {0, 10_000, 100},
		"10,000 bookings of 10,000 events": {0, 10_000, 10_000},
	} {
		b.Run(name, func(b *testing.B) {
			index := open(b, filepath.Join(b.TempDir(), "index"))
			var documents []search.Document
			for i := range c.own {
				own := indextest.Booking(fmt.Sprintf("%09d", i), "ann", fmt.Sprintf("Jazz night %d", i%c.events))
				documents = append(documents, indextest.BookingDocument(own))
			}
			require.NoError(b, index.Apply(b.Context(), documents))
			for i := 0; i < c.others; i += 1000 {
				documents = documents[:0]
				for n := range 1000 {
					documents = append(documents, booking(i+n))
				}
				require.NoError(b, index.Apply(b.Context(), documents))
			}
			b.ReportAllocs()
			for b.Loop() {
				page, err := index.SearchBookings(b.Context(), "ann", search.BookingQuery{Text: "jaz nigth", Limit: 10})
				require.NoError(b, err)
				require.Len(b, page.Hits, 10)
			}
		})
	}
}

func BenchmarkSearchEvents(b *testing.B) {
	index := open(b, filepath.Join(b.TempDir(), "index"))
	countries := []string{"DE", "AT", "SE", "FR"}
	var documents []search.Document
	for i := range 10_000 {
		event := indextest.Event(fmt.Sprintf("0198c0de-cccc-7000-8000-%012d", i), fmt.Sprintf("Jazz night at the river %d", i%100))
		event.Country = countries[i/100%len(countries)]
		event.StartsAt = event.StartsAt.Add(time.Duration(i) * time.Hour)
		documents = append(documents, indextest.EventDocument(event))
	}
	for part := range slices.Chunk(documents, 1000) {
		require.NoError(b, index.Apply(b.Context(), part))
	}
	start := indextest.Event("", "").StartsAt
	for name, q := range map[string]search.Query{
		"all match":                 {Text: "jaz nigth"},
		"one of a hundred":          {Text: "river 42"},
		"a country":                 {Text: "river 42", Country: "DE"},
		"what comes next":           {From: start.Add(time.Minute), Sort: search.SortStarts},
		"what comes in a month":     {From: start.Add(time.Minute), Sort: search.SortStarts, Month: "2027-01"},
		"a country and a month":     {From: start.Add(time.Minute), Sort: search.SortName, Month: "2027-01", Country: "DE"},
		"the cheapest in a country": {From: start.Add(time.Minute), Sort: search.SortPrice, Country: "DE"},
	} {
		q.Limit = 20
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				page, err := index.SearchEvents(b.Context(), q)
				require.NoError(b, err)
				require.Len(b, page.Hits, 20)
			}
		})
	}
}
