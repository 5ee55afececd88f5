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
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// SearchEvents implements search.Index. A match in the name counts more than any in the place.
func (x *Index) SearchEvents(ctx context.Context, q search.Query) (search.Page[contracts.Event], error) {
	words := matching.Parse(x.analyzer, q.Text)
	if len(words) == 0 {
		return search.Page[contracts.Event]{}, nil
	}
	matches := newQuery(words, []weighted{{fieldName, 64}, {fieldLocationName, 4}, {fieldHall, 2}, {fieldCountry, 1}})
	found, err := x.events.SearchInContext(ctx, newRequest(matches, q))
	if err != nil {
		return search.Page[contracts.Event]{}, fmt.Errorf("search events: %w", err)
	}
	hits, err := eventHits(found.Hits)
	return newPage(hits, q.Limit), err
}

// newRequest asks for one hit more than the page has: it tells whether there is a next page.
func newRequest(matches query.Query, q search.Query) *bleve.SearchRequest {
	request := bleve.NewSearchRequestOptions(matches, q.Limit+1, 0, false)
	request.Fields = []string{fieldDocument}
	request.Highlight = bleve.NewHighlightWithStyle(html.Name)
	request.SortBy([]string{"-_score", fieldKey})
	if q.After != nil {
		request.SetSearchAfter([]string{strconv.FormatFloat(q.After.Score, 'g', -1, 64), q.After.Key})
	}
	return request
}

func eventHits(found bsearch.DocumentMatchCollection) ([]ranked[contracts.Event], error) {
	hits := make([]ranked[contracts.Event], len(found))
	for i, m := range found {
		hits[i].key, hits[i].Score, hits[i].Highlights = m.ID, m.Score, m.Fragments
		document, _ := m.Fields[fieldDocument].(string)
		if err := json.Unmarshal([]byte(document), &hits[i].Item); err != nil {
			return nil, fmt.Errorf("decode document %s: %w", m.ID, err)
		}
	}
	return hits, nil
}

// SearchBookings implements search.Index. It looks through all bookings of the user, which takes 2 to 6 milliseconds a
// thousand, but keeps no more of them than the page needs.
func (x *Index) SearchBookings(ctx context.Context, userID string, q search.Query) (search.Page[contracts.Booking], error) {
	words := matching.Parse(x.analyzer, q.Text)
	if len(words) == 0 {
		return search.Page[contracts.Booking]{}, nil
	}
	names := matching.NewMatcher(x.analyzer, words)
	first := top[contracts.Booking]{n: q.Limit + 1, after: q.After}
	err := x.bookings.each(ctx, userID, func(b contracts.Booking) {
		if m := names.Match(b.EventName); m != nil {
			hit := search.Hit[contracts.Booking]{Item: b, Score: m.Score, Highlights: map[string][]string{fieldEventName: {m.Marked}}}
			first.add(ranked[contracts.Booking]{hit, search.Entry{Kind: search.KindBooking, ID: b.ID}.Key()})
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
	key string
}

func (r ranked[T]) position() search.Position { return search.Position{Score: r.Score, Key: r.key} }

// compare is the order of hits.
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
	if t.after != nil && compare(hit.position(), *t.after) <= 0 {
		return
	}
	if t.hits = append(t.hits, hit); len(t.hits) >= 2*t.n {
		t.hits = t.sorted()
	}
}

func (t *top[T]) sorted() []ranked[T] {
	slices.SortFunc(t.hits, func(a, b ranked[T]) int { return compare(a.position(), b.position()) })
	return t.hits[:min(len(t.hits), t.n)]
}

// newPage makes a page of that many hits, of which there may be one more.
func newPage[T any](hits []ranked[T], limit int) search.Page[T] {
	var page search.Page[T]
	if len(hits) > limit {
		hits = hits[:limit]
		last := hits[limit-1].position()
		page.Next = &last
	}
	for _, hit := range hits {
		page.Hits = append(page.Hits, hit.Hit)
	}
	return page
}
