// Package search finds events, and a user's own bookings, by what people type.
//
// It owns nothing: the index is a copy, fed by the messages of the event and booking services, and can be rebuilt from
// their outboxes at any time (Replay).
package search

import (
	"context"
	"time"

	"github.com/myevents/myevents/contracts"
)

// Index is a full text index of documents. It is safe for concurrent use.
type Index interface {
	// Apply stores the documents and returns when they are durable and can be found; where it fails, some of them may be
	// stored. A document replaces the stored one with its key unless that has a newer version; of two with one key the
	// newer is stored, of equal versions the later in the list.
	Apply(ctx context.Context, documents []Document) error

	// SearchEvents returns the events that match all words of the query and its filters, in the order it asks for.
	SearchEvents(ctx context.Context, q Query) (EventPage, error)

	// SearchBookings returns the bookings of one user that match all words of the query, the best first; those of others are
	// never part of a page.
	SearchBookings(ctx context.Context, userID string, q BookingQuery) (Page[contracts.Booking], error)

	// Copy lists up to limit entries whose keys follow after, in the order of keys.
	Copy(ctx context.Context, after string, limit int) ([]Entry, error)

	// Clear removes every document.
	Clear(ctx context.Context) error
}

// Query is a question about events. The text is what a person typed: any character may be in it and none has a meaning of
// its own. Without a text every event matches; a text without a letter or digit matches nothing. The zero value of a filter
// lets everything through.
type Query struct {
	Text    string
	Country string    // where the event is, an ISO 3166-1 alpha-2 code
	Month   string    // in which it starts, in UTC, as MonthOf has it
	From    time.Time // starting then or later
	Sort    Sort
	Limit   int       // of hits; 1 or more
	After   *Position // nil for the first page
}

// BookingQuery is a question about a user's bookings. A text without a letter or digit matches nothing.
type BookingQuery struct {
	Text  string
	Limit int       // of hits; 1 or more
	After *Position // nil for the first page
}

// Sort is an order of events. Of equal ones that with the lower key comes first.
type Sort string

// The orders.
const (
	SortRelevance Sort = "relevance"  // the best match first; the zero value is this too
	SortStarts    Sort = "starts_at"  // the next first
	SortLatest    Sort = "-starts_at" // the last first
	SortPrice     Sort = "price"      // the cheapest first, by the number alone: what currencies are worth is not known here
	SortName      Sort = "name"       // without regard to capitals and accents
)

// MonthOf returns the month of an instant, such as "2026-11".
func MonthOf(t time.Time) string { return t.UTC().Format("2006-01") }

// Position is a place in the order of hits: by falling score, or by the value that the hits are sorted by, then by rising
// key. A score depends on the query and the document alone, so that a position stays right while other documents are applied.
type Position struct {
	Score float64 `json:"s,omitempty"`
	Value string  `json:"v,omitempty"`
	Key   string  `json:"k"`
}

// Hit is a document found.
type Hit[T any] struct {
	Item       T
	Score      float64
	Highlights map[string][]string // by field, such as "name": HTML-escaped text with the matches in <mark> elements
}

// Page is a part of the hits; Next is where the next part begins, nil if there is none.
type Page[T any] struct {
	Hits []Hit[T]
	Next *Position
}

// EventPage is a page of events, and what all pages together are like.
type EventPage struct {
	Page[contracts.Event]
	Total  int // of hits on all pages
	Facets Facets
}

// Facets are the filters that would leave something, each counted as if it alone were not set.
type Facets struct {
	Country []FacetValue // the most frequent first
	Month   []FacetValue // in the order of time
}

// MaxFacetValues is how many values a facet has at most: the most frequent ones.
const MaxFacetValues = 30

// FacetValue is a value of a filter and how many hits it would leave.
type FacetValue struct {
	Value string
	Count int
}

// Entry says that the index has a document in a version.
type Entry struct {
	Kind    Kind   `json:"kind"`
	ID      string `json:"id"`
	Version int64  `json:"version"`
}

// Key returns the key of the entry's document.
func (e Entry) Key() string { return Document{Kind: e.Kind, ID: e.ID}.Key() }
