package elasticsearch

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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
	var answer found
	if err := x.client.do(ctx, x.question(newEventRequest(words, q), searchTimeout), &answer); err != nil {
		return search.EventPage{}, fmt.Errorf("search events: %w", err)
	}
	page, err := pageOf(answer, q.Limit, matching.NewMatcher(x.analyzer, words), func(e contracts.Event) shown {
		return shown{texts: texts(search.Document{Event: &e}), place: matching.Place(x.analyzer, q.Sort, e)}
	})
	if err != nil {
		return search.EventPage{}, fmt.Errorf("search events: %w", err)
	}
	facets := search.Facets{Country: answer.values(fieldIn), Month: answer.values(fieldMonth)}
	slices.SortFunc(facets.Month, func(a, b search.FacetValue) int { return cmp.Compare(a.Value, b.Value) })
	return search.EventPage{Page: page, Total: answer.Hits.Total.Value, Facets: facets}, nil
}

// newEventRequest asks for hits that pass the filters, and for the facets. Elasticsearch filters the hits after it has counted
// (post_filter), so that each count can leave its own filter out.
func newEventRequest(words []matching.Word, q search.Query) object {
	in := []weighted{{fieldName, 64}, {fieldLocationName, 4}, {fieldHall, 2}, {fieldCountry, 1}}
	always := []object{term(fieldKind, string(search.KindEvent))}
	if !q.From.IsZero() {
		always = append(always, object{"range": object{fieldStarts: object{"gte": q.From.UnixMicro()}}})
	}
	country, month := only(fieldIn, q.Country), only(fieldMonth, q.Month)
	request := newRequest(newQuery(words, in, always...), q.Sort, q.Limit, q.After)
	request["post_filter"] = every(append(country, month...))
	request["aggs"] = object{fieldIn: counted(fieldIn, month), fieldMonth: counted(fieldMonth, country)}
	request["track_total_hits"] = true
	return request
}

// only returns the filter for the value in the field; none where every value will do.
func only(field, value string) []object {
	if value == "" {
		return nil
	}
	return []object{term(field, value)}
}

// every returns the query for what passes all filters.
func every(filters []object) object {
	if len(filters) == 0 {
		return object{"match_all": object{}}
	}
	return object{"bool": object{"filter": filters}}
}

// counted returns the aggregation that counts the most frequent values of the field, among what passes the filters.
func counted(field string, filters []object) object {
	return object{"filter": every(filters), "aggs": object{"values": object{"terms": object{
		"field": field, "size": search.MaxFacetValues, "order": []object{{"_count": "desc"}, {"_key": "asc"}},
	}}}}
}

// values returns the counted values of the field, the most frequent first.
func (f *found) values(field string) []search.FacetValue {
	var all []search.FacetValue
	for _, bucket := range f.Aggregations[field].Values.Buckets {
		all = append(all, search.FacetValue{Value: bucket.Key, Count: bucket.Count})
	}
	return all
}
