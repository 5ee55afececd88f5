// Package search finds events, and a user's own bookings, by what people type.
//
// It owns nothing: the index is a copy, fed by the messages of the event and booking services, and can be rebuilt from
// their outboxes at any time (Replay).
package search

import (
	"context"

	"github.com/myevents/myevents/contracts"
)

// Index is a full text index of documents. It is safe for concurrent use.
type Index interface {
	// Apply stores the documents and returns when they are durable and can be found; where it fails, some of them may be
	// stored. A document replaces the stored one with its key unless that has a newer version; of two with one key the
	// newer is stored, of equal versions the later in the list.
	Apply(ctx context.Context, documents []Document) error

	// SearchEvents returns the events that match all words of the query, the best first.
	SearchEvents(ctx context.Context, q Query) (Page[contracts.Event], error)

	// SearchBookings is SearchEvents for the bookings of one user; those of others are never part of a page.
	SearchBookings(ctx context.Context, userID string, q Query) (Page[contracts.Booking], error)

	// Copy lists up to limit entries whose keys follow after, in the order of keys.
	Copy(ctx context.Context, after string, limit int) ([]Entry, error)

	// Clear removes every document.
	Clear(ctx context.Context) error
}

// Query is a question to an index. The text is what a person typed: any character may be in it and none has a meaning
// of its own. A text without a letter or digit matches nothing.
type Query struct {
	Text  string
	Limit int       // of hits; 1 or more
	After *Position // nil for the first page
}

// Position is a place in the order of hits: by falling score, then by rising key. A score depends on the query and the
// document alone, so that a position stays right while other documents are applied.
type Position struct {
	Score float64 `json:"s"`
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

// Entry says that the index has a document in a version.
type Entry struct {
	Kind    Kind   `json:"kind"`
	ID      string `json:"id"`
	Version int64  `json:"version"`
}

// Key returns the key of the entry's document.
func (e Entry) Key() string { return Document{Kind: e.Kind, ID: e.ID}.Key() }
