package search

import (
	"context"
	"fmt"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
)

// Service answers searches.
type Service struct {
	index Index
	clock func() time.Time
}

// NewService returns a service that searches the index. The clock says which events are to come.
func NewService(index Index, clock func() time.Time) *Service {
	return &Service{index: index, clock: clock}
}

// Request is a search as a caller sends it.
type Request struct {
	Text   string // at most MaxQueryLength characters; of bookings, not only spaces
	Limit  int    // 1 to MaxPageSize
	Cursor string // NextCursor of the page before; empty for the first
}

// EventRequest is a search for events. Empty fields do not restrict it.
type EventRequest struct {
	Request
	Country string // an ISO 3166-1 alpha-2 code
	Month   string // as MonthOf has it
	Sort    Sort   // SortRelevance by default, and SortStarts without a text
}

// Result is a page of hits. NextCursor is empty on the last page.
type Result[T any] struct {
	Hits       []Hit[T]
	NextCursor string
}

// EventResult is a page of events, and what all pages together are like.
type EventResult struct {
	Result[contracts.Event]
	Total  int
	Facets Facets
}

// SearchEvents returns the events that match, and without a text those to come; cancelled ones too, whose status says so.
func (s *Service) SearchEvents(ctx context.Context, r EventRequest) (EventResult, error) {
	q, err := r.query()
	if err != nil {
		return EventResult{}, err
	}
	if q.Text == "" {
		q.From = s.clock()
	}
	page, err := s.index.SearchEvents(ctx, q)
	if err != nil {
		return EventResult{}, fmt.Errorf("search events: %w", err)
	}
	hits, err := result(page.Page, q.Sort)
	return EventResult{Result: hits, Total: page.Total, Facets: page.Facets}, err
}

// SearchBookings returns the user's own bookings that match.
func (s *Service) SearchBookings(ctx context.Context, userID string, r Request) (Result[contracts.Booking], error) {
	if userID == "" {
		return Result[contracts.Booking]{}, fault.New(fault.Unauthenticated, "unauthenticated", "Sign in to search your bookings.")
	}
	q, err := r.bookingQuery()
	if err != nil {
		return Result[contracts.Booking]{}, err
	}
	page, err := s.index.SearchBookings(ctx, userID, q)
	if err != nil {
		return Result[contracts.Booking]{}, fmt.Errorf("search bookings: %w", err)
	}
	return result(page, SortRelevance)
}

func result[T any](page Page[T], by Sort) (Result[T], error) {
	next, err := encodeCursor(page.Next, by)
	return Result[T]{Hits: page.Hits, NextCursor: next}, err
}
