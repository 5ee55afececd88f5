package elasticsearch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// SearchEvents implements search.Index. A match in the name counts more than any in the place.
func (x *Index) SearchEvents(ctx context.Context, q search.Query) (search.Page[contracts.Event], error) {
	in := []weighted{{fieldName, 64}, {fieldLocationName, 4}, {fieldHall, 2}, {fieldCountry, 1}}
	page, err := find(ctx, x, q, in, nil, func(e contracts.Event) map[string]string {
		return texts(search.Document{Event: &e})
	})
	if err != nil {
		return page, fmt.Errorf("search events: %w", err)
	}
	return page, nil
}

// SearchBookings implements search.Index.
func (x *Index) SearchBookings(ctx context.Context, userID string, q search.Query) (search.Page[contracts.Booking], error) {
	of := term(fieldUserID, userID)
	page, err := find(ctx, x, q, []weighted{{fieldEventName, 1}}, of, func(b contracts.Booking) map[string]string {
		return texts(search.Document{Booking: &b})
	})
	if err != nil {
		return page, fmt.Errorf("search bookings: %w", err)
	}
	return page, nil
}

// found is the answer to a search.
type found struct {
	Hits struct {
		Hits []struct {
			ID      string  `json:"_id"`
			Version int64   `json:"_version"`
			Score   float64 `json:"_score"`
			Source  struct {
				Document string `json:"document"`
			} `json:"_source"`
		} `json:"hits"`
	} `json:"hits"`
}

// find returns a page of the documents in which each word matches one of the fields, if filter lets them through.
func find[T any](
	ctx context.Context, x *Index, q search.Query, in []weighted, filter object, texts func(T) map[string]string,
) (search.Page[T], error) {
	var page search.Page[T]
	words := matching.Parse(x.analyzer, q.Text)
	if len(words) == 0 {
		return page, nil
	}
	var answer found
	if err := x.client.do(ctx, x.question(newRequest(newQuery(words, in, filter), q), searchTimeout), &answer); err != nil {
		return page, err
	}
	matcher := matching.NewMatcher(x.analyzer, words)
	for i, m := range answer.Hits.Hits {
		if i == q.Limit { // the one more that was asked for
			last := answer.Hits.Hits[i-1]
			page.Next = &search.Position{Score: last.Score, Key: last.ID}
			break
		}
		hit := search.Hit[T]{Score: m.Score, Highlights: map[string][]string{}}
		if err := json.Unmarshal([]byte(m.Source.Document), &hit.Item); err != nil {
			return search.Page[T]{}, fmt.Errorf("decode document %s: %w", m.ID, err)
		}
		for field, text := range texts(hit.Item) {
			if marked := matcher.Mark(text); marked != "" {
				hit.Highlights[field] = []string{marked}
			}
		}
		page.Hits = append(page.Hits, hit)
	}
	return page, nil
}

// newRequest asks for one hit more than the page has: it tells whether there is a next page.
func newRequest(query object, q search.Query) object {
	request := object{
		"query": query, "size": q.Limit + 1, "_source": []string{fieldDocument}, "track_total_hits": false, "track_scores": true,
		"sort": []object{{"_score": "desc"}, {fieldKey: "asc"}},
	}
	if q.After != nil {
		request["search_after"] = []any{q.After.Score, q.After.Key}
	}
	return request
}

// question is a search of the index. An answer from a part of it does not pass for the whole.
func (x *Index) question(request object, timeout time.Duration) call {
	return call{
		method: http.MethodPost, path: "/" + x.alias + "/_search?allow_partial_search_results=false", body: encode(request),
		timeout: timeout, repeatable: true,
	}
}

// Copy implements search.Index.
func (x *Index) Copy(ctx context.Context, after string, limit int) ([]search.Entry, error) {
	var answer found
	err := x.client.do(ctx, x.question(object{
		"size": limit, "_source": false, "version": true, "track_total_hits": false,
		"sort": []object{{fieldKey: "asc"}}, "search_after": []any{after},
	}, searchTimeout), &answer)
	if err != nil {
		return nil, fmt.Errorf("list search index: %w", err)
	}
	entries := make([]search.Entry, len(answer.Hits.Hits))
	for i, m := range answer.Hits.Hits {
		entries[i] = entry(m.ID, m.Version)
	}
	return entries, nil
}
