package indextest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
)

// in returns the document of an event in a country that starts at an instant.
func in(country, id, name string, starts time.Time) search.Document {
	e := Event(id, name)
	e.Country, e.StartsAt = country, starts
	return EventDocument(e)
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 19, 0, 0, 0, time.UTC)
}

// seek returns the events that the index finds, and their ids.
func seek(t *testing.T, index search.Index, q search.Query) (page search.EventPage, ids []string) {
	t.Helper()
	q.Limit = 100
	page, err := index.SearchEvents(t.Context(), q)
	require.NoError(t, err)
	for _, hit := range page.Hits {
		ids = append(ids, hit.Item.ID)
	}
	return page, ids
}

// season is events of several countries and months.
func season() []search.Document {
	return []search.Document{
		in("DE", "e1", "Jazz night", date(2026, time.November, 5)),
		in("DE", "e2", "Jazz brunch", date(2026, time.December, 6)),
		in("DE", "e3", "Chess open", date(2026, time.December, 24)),
		in("AT", "e4", "Jazz night", date(2026, time.November, 30)),
		in("AT", "e5", "Opera", date(2027, time.January, 1)),
		in("SE", "e6", "Jazz night", date(2027, time.January, 2)),
	}
}

func testNoText(t *testing.T, h Harness) {
	apply(t, h.Index, append(season(), BookingDocument(Booking("b1", "ann", "Jazz night")))...)
	page, ids := seek(t, h.Index, search.Query{Sort: search.SortStarts})
	require.Equal(t, []string{"e1", "e4", "e2", "e3", "e5", "e6"}, ids)
	require.Equal(t, 6, page.Total)
	require.Empty(t, page.Hits[0].Highlights)
	require.Zero(t, page.Hits[0].Score)
	require.Equal(t, "Jazz night", page.Hits[0].Item.Name)
}

func testFilters(t *testing.T, h Harness) {
	apply(t, h.Index, season()...)
	apply(t, h.Index, in("DE", "edge1", "Last second", time.Date(2027, time.March, 31, 23, 59, 59, 999_999_000, time.UTC)),
		in("DE", "edge2", "First second", time.Date(2027, time.April, 1, 0, 0, 0, 0, time.UTC)))
	for _, c := range []struct {
		q    search.Query
		want []string
	}{
		{search.Query{Text: "jazz", Country: "DE"}, []string{"e1", "e2"}},
		{search.Query{Text: "jazz", Month: "2026-11"}, []string{"e1", "e4"}},
		{search.Query{Text: "jazz", Month: "2026-11", Country: "AT"}, []string{"e4"}},
		{search.Query{Text: "jazz", Month: "2026-10"}, nil},
		{search.Query{Text: "jazz", Country: "FR"}, nil},
		{search.Query{Text: "jazz", Country: "de"}, nil},
		{search.Query{Text: "*", Country: "DE"}, nil},
		{search.Query{Country: "AT"}, []string{"e4", "e5"}},
		{search.Query{Month: "2027-01"}, []string{"e5", "e6"}},
		{search.Query{Country: "SE", Month: "2027-01"}, []string{"e6"}},
		{search.Query{Month: "2027-03"}, []string{"edge1"}},
		{search.Query{Month: "2027-04"}, []string{"edge2"}},
		{search.Query{From: date(2027, time.January, 2)}, []string{"e6", "edge1", "edge2"}},
		{search.Query{From: date(2027, time.January, 2).Add(time.Microsecond)}, []string{"edge1", "edge2"}},
		{search.Query{From: date(2026, time.December, 1), Country: "DE", Month: "2026-12", Text: "jazz"}, []string{"e2"}},
	} {
		page, ids := seek(t, h.Index, c.q)
		require.ElementsMatch(t, c.want, ids, "%+v", c.q)
		require.Equal(t, len(c.want), page.Total, "%+v", c.q)
	}
	_, ofAll := seek(t, h.Index, search.Query{Text: "jazz nigth"})
	plain, err := h.Index.SearchEvents(t.Context(), search.Query{Text: "jazz nigth", Limit: 100})
	require.NoError(t, err)
	filtered, _ := seek(t, h.Index, search.Query{Text: "jazz nigth", Country: "AT", Month: "2026-11"})
	require.Len(t, ofAll, 3)
	require.InDelta(t, plain.Hits[0].Score, filtered.Hits[0].Score, 0, "a filter says nothing about how well something matches")
	require.Equal(t, plain.Hits[0].Highlights, filtered.Hits[0].Highlights)
}

func testFacets(t *testing.T, h Harness) {
	apply(t, h.Index, season()...)
	for _, c := range []struct {
		q       search.Query
		country string
		month   string
	}{
		{search.Query{}, "DE 3 AT 2 SE 1", "2026-11 2 2026-12 2 2027-01 2"},
		{search.Query{Country: "DE"}, "DE 3 AT 2 SE 1", "2026-11 1 2026-12 2"},
		{search.Query{Month: "2026-11"}, "AT 1 DE 1", "2026-11 2 2026-12 2 2027-01 2"},
		{search.Query{Country: "AT", Month: "2026-11"}, "AT 1 DE 1", "2026-11 1 2027-01 1"},
		{search.Query{Country: "SE", Month: "2026-11"}, "AT 1 DE 1", "2027-01 1"},
		{search.Query{Text: "jazz"}, "DE 2 AT 1 SE 1", "2026-11 2 2026-12 1 2027-01 1"},
		{search.Query{Text: "jazz", Country: "DE"}, "DE 2 AT 1 SE 1", "2026-11 1 2026-12 1"},
		{search.Query{From: date(2027, time.January, 1)}, "AT 1 SE 1", "2027-01 2"},
		{search.Query{Text: "polka"}, "", ""},
		{search.Query{Country: "FR"}, "DE 3 AT 2 SE 1", ""},
	} {
		page, _ := seek(t, h.Index, c.q)
		require.Equal(t, c.country, told(page.Facets.Country), "%+v", c.q)
		require.Equal(t, c.month, told(page.Facets.Month), "%+v", c.q)
	}
	first, err := h.Index.SearchEvents(t.Context(), search.Query{Sort: search.SortStarts, Limit: 2})
	require.NoError(t, err)
	second, err := h.Index.SearchEvents(t.Context(), search.Query{Sort: search.SortStarts, Limit: 2, After: first.Next})
	require.NoError(t, err)
	require.Equal(t, first.Facets, second.Facets, "they are about all pages")
	require.Equal(t, 6, first.Total)
	require.Equal(t, 6, second.Total)

	changed := Event("e6", "Jazz night")
	changed.Version, changed.Country, changed.StartsAt = 2, "NO", date(2027, time.May, 1)
	apply(t, h.Index, EventDocument(changed))
	page, _ := seek(t, h.Index, search.Query{})
	require.Equal(t, "DE 3 AT 2 NO 1", told(page.Facets.Country), "a replaced version does not count")
}

// told returns the values of a facet and their counts as a line.
func told(values []search.FacetValue) string {
	var words []string
	for _, v := range values {
		words = append(words, v.Value, fmt.Sprint(v.Count))
	}
	return strings.Join(words, " ")
}

func testManyFacetValues(t *testing.T, h Harness) {
	var documents []search.Document
	var last string
	for i := range 40 {
		month := date(2030, time.January, 1).AddDate(0, i, 0)
		last = search.MonthOf(month)
		documents = append(documents, in("DE", fmt.Sprintf("e%03d", i), "Jazz night", month))
	}
	documents = append(documents, in("DE", "again", "Jazz night", date(2030, time.January, 2).AddDate(0, 39, 0)))
	apply(t, h.Index, documents...)
	page, _ := seek(t, h.Index, search.Query{})
	months := page.Facets.Month
	require.Len(t, months, search.MaxFacetValues)
	require.Equal(t, search.FacetValue{Value: last, Count: 2}, months[len(months)-1], "the most frequent is one of them")
	require.True(t, slices.IsSortedFunc(months, func(a, b search.FacetValue) int { return strings.Compare(a.Value, b.Value) }))
}

// market is events that people and bytes sort in different orders.
func market() []search.Document {
	var documents []search.Document
	for i, e := range []struct {
		name  string
		price int64
		day   int
	}{
		{"Zebra show", 900, 3}, {"\"Ärger\" im Haus", 10_000, 1}, {"apfel fest", 0, 3}, {"Banana bar", 900, 2}, {"…", 1_000_000_000_000, 5},
		{"Éclair bar", 10_000, 4}, {"E\u0301clair bas", 85, 6},
	} {
		event := Event(fmt.Sprintf("e%d", i), e.name)
		event.Price = contracts.Money{Amount: e.price, Currency: "EUR"}
		event.StartsAt = date(2026, time.November, e.day)
		documents = append(documents, EventDocument(event))
	}
	return documents
}

func testSorts(t *testing.T, h Harness) {
	apply(t, h.Index, market()...)
	for sort, want := range map[search.Sort][]string{
		search.SortStarts: {"e1", "e3", "e0", "e2", "e5", "e4", "e6"},
		search.SortLatest: {"e6", "e4", "e5", "e0", "e2", "e3", "e1"},
		search.SortPrice:  {"e2", "e6", "e0", "e3", "e1", "e5", "e4"},
		search.SortName:   {"e2", "e1", "e3", "e5", "e6", "e0", "e4"},
	} {
		_, ids := seek(t, h.Index, search.Query{Sort: sort})
		require.Equal(t, want, ids, sort)
	}
	_, ids := seek(t, h.Index, search.Query{Text: "bar", Sort: search.SortPrice})
	require.Equal(t, []string{"e3", "e5"}, ids[:2], "what matches is sorted the same way")
}

// testSortedPages has many events of equal price, start and name.
func testSortedPages(t *testing.T, h Harness) {
	const n = 40
	var documents []search.Document
	for i := range n {
		event := Event(fmt.Sprintf("e%03d", (i*17)%n), []string{"Jazz night", "jazz NIGHT", "Chess jazz", "Ärger <&> jazz"}[i%4])
		event.Price.Amount = int64(i%3) * 1000
		event.StartsAt = event.StartsAt.Add(time.Duration(i%5) * time.Microsecond)
		documents = append(documents, EventDocument(event))
	}
	apply(t, h.Index, documents...)
	added := 0
	for _, sort := range []search.Sort{search.SortStarts, search.SortLatest, search.SortPrice, search.SortName, search.SortRelevance} {
		for _, q := range []search.Query{{Sort: sort, Text: "jazz"}, {Sort: sort, Country: "DE"}, {Sort: sort}} {
			whole := walkEvents(t, h.Index, q, n, func() { t.Fatal("a full page has no next one") })
			require.Len(t, whole, n)
			for _, size := range []int{7, n - 1} {
				require.Equal(t, whole, walkEvents(t, h.Index, q, size, func() {
					added++
					apply(t, h.Index, BookingDocument(Booking(fmt.Sprintf("x%03d", added), "ann", "Jazz night")))
				}), "%s in pages of %d", sort, size)
			}
		}
	}
}
