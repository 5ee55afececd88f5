package bleve

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2"
	bsearch "github.com/blevesearch/bleve/v2/search"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// newFacet asks how many events there are of each country and month together: to count each by itself would take twice as
// long. All of them are wanted, and there are as many countries as there are, and as many months as people plan ahead.
func newFacet() *bleve.FacetRequest { return bleve.NewFacetRequest(fieldInMonth, 10_000) }

// facets returns the facets of a search. What it has found was counted where no filter is set; with one, a search without it
// counts what the filters would leave.
func (x *Index) facets(ctx context.Context, words []matching.Word, q search.Query, found *bleve.SearchResult) (search.Facets, error) {
	counted := found.Facets[fieldInMonth]
	if q.Country != "" || q.Month != "" {
		unfiltered := q
		unfiltered.Country, unfiltered.Month = "", ""
		request := bleve.NewSearchRequestOptions(newQuery(words, unfiltered), 0, 0, false)
		request.Score = bleve.ScoreNone
		request.AddFacet(fieldInMonth, newFacet())
		all, err := x.events.SearchInContext(ctx, request)
		if err != nil {
			return search.Facets{}, fmt.Errorf("count events: %w", err)
		}
		counted = all.Facets[fieldInMonth]
	}
	return newFacets(counted, q), nil
}

// newFacets adds up the counts: of each filter those that the other one lets through.
func newFacets(counted *bsearch.FacetResult, q search.Query) search.Facets {
	countries, months := map[string]int{}, map[string]int{}
	for _, together := range counted.Terms.Terms() {
		country, month, _ := strings.Cut(together.Term, "/")
		if q.Month == "" || month == q.Month {
			countries[country] += together.Count
		}
		if q.Country == "" || country == q.Country {
			months[month] += together.Count
		}
	}
	facets := search.Facets{Country: mostFrequent(countries), Month: mostFrequent(months)}
	slices.SortFunc(facets.Month, func(a, b search.FacetValue) int { return cmp.Compare(a.Value, b.Value) })
	return facets
}

func mostFrequent(counts map[string]int) []search.FacetValue {
	var values []search.FacetValue
	for value, count := range counts {
		values = append(values, search.FacetValue{Value: value, Count: count})
	}
	slices.SortFunc(values, func(a, b search.FacetValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return values[:min(len(values), search.MaxFacetValues)]
}
