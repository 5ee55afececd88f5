package bleve

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/highlight/highlighter/html"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// SearchEvents implements search.Index. A match in the name counts more than any in the place.
func (x *Index) SearchEvents(ctx context.Context, q search.Query) (search.EventPage, error) {
	words := matching.Parse(x.analyzer, q.Text)
	if len(words) == 0 && q.Text != "" {
		return search.EventPage{}, nil
	}
	found, err := x.events.SearchInContext(ctx, newRequest(words, q))
	if err != nil {
		return search.EventPage{}, fmt.Errorf("search events: %w", err)
	}
	hits, err := x.eventHits(found.Hits, q.Sort)
	if err != nil {
		return search.EventPage{}, err
	}
	page := search.EventPage{Page: newPage(hits, q.Limit), Total: int(found.Total)}
	page.Facets, err = x.facets(ctx, words, q, found)
	return page, err
}

// newRequest asks for one hit more than the page has: it tells whether there is a next page.
func newRequest(words []matching.Word, q search.Query) *bleve.SearchRequest {
	request := bleve.NewSearchRequestOptions(newQuery(words, q), q.Limit+1, 0, false)
	request.Fields = []string{fieldDocument}
	if len(words) > 0 {
		request.Highlight = bleve.NewHighlightWithStyle(html.Name)
	}
	var first bsearch.SearchSort = &bsearch.SortScore{Desc: true}
	if field, sorted := placeFields()[q.Sort]; sorted {
		first = &bsearch.SortField{Field: field, Type: bsearch.SortFieldAsString, Desc: q.Sort == search.SortLatest}
	}
	request.SortByCustom(bsearch.SortOrder{first, &bsearch.SortDocID{}})
	if q.After != nil {
		value := q.After.Value
		if first.RequiresScoring() {
			value = strconv.FormatFloat(q.After.Score, 'g', -1, 64)
		}
		request.SetSearchAfter([]string{value, q.After.Key})
	}
	if q.Country == "" && q.Month == "" {
		request.AddFacet(fieldInMonth, newFacet())
	}
	return request
}

func (x *Index) eventHits(found bsearch.DocumentMatchCollection, by search.Sort) ([]ranked[contracts.Event], error) {
	hits := make([]ranked[contracts.Event], len(found))
	for i, m := range found {
		hits[i].Score, hits[i].Highlights = m.Score, m.Fragments
		document, _ := m.Fields[fieldDocument].(string)
		if err := json.Unmarshal([]byte(document), &hits[i].Item); err != nil {
			return nil, fmt.Errorf("decode document %s: %w", m.ID, err)
		}
		hits[i].position = search.Position{Score: m.Score, Value: matching.Place(x.analyzer, by, hits[i].Item), Key: m.ID}
	}
	return hits, nil
}

// SearchBookings implements search.Index. It looks through all bookings of the user, which takes 2 to 6 milliseconds a
// thousand, but keeps no more of them than the page needs.
func (x *Index) SearchBookings(ctx context.Context, userID string, q search.BookingQuery) (search.Page[contracts.Booking], error) {
	words := matching.Parse(x.analyzer, q.Text)
	if len(words) == 0 {
		return search.Page[contracts.Booking]{}, nil
	}
	names := matching.NewMatcher(x.analyzer, words)
	first := top[contracts.Booking]{n: q.Limit + 1, after: q.After}
	err := x.bookings.each(ctx, userID, func(b contracts.Booking) {
		if m := names.Match(b.EventName); m != nil {
			hit := search.Hit[contracts.Booking]{Item: b, Score: m.Score, Highlights: map[string][]string{fieldEventName: {m.Marked}}}
			key := search.Entry{Kind: search.KindBooking, ID: b.ID}.Key()
			first.add(ranked[contracts.Booking]{hit, search.Position{Score: m.Score, Key: key}})
		}
	})
	if err != nil {
		return search.Page[contracts.Booking]{}, fmt.Errorf("search bookings: %w", err)
	}
	return newPage(first.sorted(), q.Limit), nil
}

// ranked is a hit with its place in the order of hits.
type ranked[T any] struct {
	search.Hit[T]
	position search.Position
}

// compare is the order of hits by relevance.
func compare(a, b search.Position) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Key, b.Key))
}

// top keeps the first n of the hits that follow after, or of all where that is nil.
type top[T any] struct {
	n     int
	after *search.Position
	hits  []ranked[T]
}

func (t *top[T]) add(hit ranked[T]) {
	if t.after != nil && compare(hit.position, *t.after) <= 0 {
		return
	}
	if t.hits = append(t.hits, hit); len(t.hits) >= 2*t.n {
		t.hits = t.sorted()
	}
}

func (t *top[T]) sorted() []ranked[T] {
	slices.SortFunc(t.hits, func(a, b ranked[T]) int { return compare(a.position, b.position) })
	return t.hits[:min(len(t.hits), t.n)]
}

// newPage makes a page of that many hits, of which there may be one more.
func newPage[T any](hits []ranked[T], limit int) search.Page[T] {
	var page search.Page[T]
	if len(hits) > limit {
		hits = hits[:limit]
		page.Next = &hits[limit-1].position
	}
	for _, hit := range hits {
		page.Hits = append(page.Hits, hit.Hit)
	}
	return page
}
