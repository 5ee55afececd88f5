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

// SearchBookings implements search.Index.
func (x *Index) SearchBookings(ctx context.Context, userID string, q search.BookingQuery) (search.Page[contracts.Booking], error) {
	words := matching.Parse(x.analyzer, q.Text)
	if len(words) == 0 {
		return search.Page[contracts.Booking]{}, nil
	}
	query := newQuery(words, []weighted{{fieldEventName, 1}}, term(fieldUserID, userID))
	var answer found
	if err := x.client.do(ctx, x.question(newRequest(query, search.SortRelevance, q.Limit, q.After), searchTimeout), &answer); err != nil {
		return search.Page[contracts.Booking]{}, fmt.Errorf("search bookings: %w", err)
	}
	page, err := pageOf(answer, q.Limit, matching.NewMatcher(x.analyzer, words), func(b contracts.Booking) shown {
		return shown{texts: texts(search.Document{Booking: &b})}
	})
	if err != nil {
		return page, fmt.Errorf("search bookings: %w", err)
	}
	return page, nil
}

// found is the answer to a search.
type found struct {
	Hits struct {
		Total struct {
			Value int `json:"value"`
		} `json:"total"`
		Hits []struct {
			ID      string  `json:"_id"`
			Version int64   `json:"_version"`
			Score   float64 `json:"_score"`
			Source  struct {
				Document string `json:"document"`
			} `json:"_source"`
		} `json:"hits"`
	} `json:"hits"`
	Aggregations map[string]struct {
		Values struct {
			Buckets []struct {
				Key   string `json:"key"`
				Count int    `json:"doc_count"`
			} `json:"buckets"`
		} `json:"values"`
	} `json:"aggregations"`
}

// shown is what is to be known of an item to show it in a page.
type shown struct {
	texts map[string]string // that may be marked, by field
	place string            // in the order of the hits; empty where that is relevance
}

// pageOf returns the page of that many hits that an answer has, and one hit more where there is a next page.
func pageOf[T any](answer found, limit int, matcher *matching.Matcher, show func(T) shown) (search.Page[T], error) {
	var page search.Page[T]
	var last search.Position
	for i, m := range answer.Hits.Hits {
		if i == limit {
			page.Next = &last
			break
		}
		hit := search.Hit[T]{Score: m.Score, Highlights: map[string][]string{}}
		if err := json.Unmarshal([]byte(m.Source.Document), &hit.Item); err != nil {
			return search.Page[T]{}, fmt.Errorf("decode document %s: %w", m.ID, err)
		}
		item := show(hit.Item)
		for field, text := range item.texts {
			if marked := matcher.Mark(text); marked != "" {
				hit.Highlights[field] = []string{marked}
			}
		}
		page.Hits = append(page.Hits, hit)
		last = search.Position{Score: m.Score, Value: item.place, Key: m.ID}
	}
	return page, nil
}

// newRequest asks for one hit more than the page has: it tells whether there is a next page.
func newRequest(query object, by search.Sort, limit int, after *search.Position) object {
	order := object{"_score": "desc"}
	field, placed := placeFields()[by]
	if placed {
		direction := "asc"
		if by == search.SortLatest {
			direction = "desc"
		}
		order = object{field: direction}
	}
	request := object{
		"query": query, "size": limit + 1, "_source": []string{fieldDocument}, "track_total_hits": false, "track_scores": true,
		"sort": []object{order, {fieldKey: "asc"}},
	}
	switch {
	case after == nil:
	case placed:
		request["search_after"] = []any{after.Value, after.Key}
	default:
		request["search_after"] = []any{after.Score, after.Key}
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
