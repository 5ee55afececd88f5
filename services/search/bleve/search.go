package bleve

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/highlight/highlighter/html"
	"github.com/blevesearch/bleve/v2/search/query"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
)

// SearchEvents implements search.Index. A match in the name counts more than any in the place.
func (x *Index) SearchEvents(ctx context.Context, q search.Query) (search.Page[contracts.Event], error) {
	matches := newQuery(x.words(q.Text), []weighted{{fieldName, 64}, {fieldLocationName, 4}, {fieldHall, 2}, {fieldCountry, 1}})
	return find[contracts.Event](ctx, x.index, matches, q)
}

// SearchBookings implements search.Index.
func (x *Index) SearchBookings(ctx context.Context, userID string, q search.Query) (search.Page[contracts.Booking], error) {
	matches := newQuery(x.words(q.Text), []weighted{{fieldEventName, 1}})
	if matches != nil {
		matches = onlyOf(userID, matches)
	}
	return find[contracts.Booking](ctx, x.index, matches, q)
}

// words divides the text as names are divided when they are indexed; nothing in it has a meaning beyond that.
func (x *Index) words(text string) []string {
	var terms []string
	seen := map[string]bool{}
	for _, token := range x.index.Mapping().AnalyzerNamed(words).Analyze([]byte(text)) {
		if term := string(token.Term); !seen[term] {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	return terms
}

func find[T any](ctx context.Context, in bleve.Index, matches query.Query, q search.Query) (search.Page[T], error) {
	if matches == nil {
		return search.Page[T]{}, nil
	}
	found, err := in.SearchInContext(ctx, newRequest(matches, q))
	if err != nil {
		return search.Page[T]{}, fmt.Errorf("search: %w", err)
	}
	return newPage[T](found.Hits, q.Limit)
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

func newPage[T any](found bsearch.DocumentMatchCollection, limit int) (search.Page[T], error) {
	var page search.Page[T]
	if len(found) > limit {
		last := found[limit-1]
		page.Next = &search.Position{Score: last.Score, Key: last.ID}
		found = found[:limit]
	}
	for _, match := range found {
		hit := search.Hit[T]{Score: match.Score, Highlights: match.Fragments}
		document, _ := match.Fields[fieldDocument].(string)
		if err := json.Unmarshal([]byte(document), &hit.Item); err != nil {
			return search.Page[T]{}, fmt.Errorf("decode document %s: %w", match.ID, err)
		}
		page.Hits = append(page.Hits, hit)
	}
	return page, nil
}
