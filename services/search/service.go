package search

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
)

// The limits of a request.
const (
	MaxQueryLength = 200 // characters
	MaxPageSize    = 100
)

// Service answers searches.
type Service struct {
	index Index
}

// NewService returns a service that searches the index.
func NewService(index Index) *Service { return &Service{index: index} }

// Request is a search as a caller sends it.
type Request struct {
	Text   string // 1 to MaxQueryLength characters that are not all spaces
	Limit  int    // 1 to MaxPageSize
	Cursor string // NextCursor of the page before; empty for the first
}

// Result is a page of hits. NextCursor is empty on the last page.
type Result[T any] struct {
	Hits       []Hit[T]
	NextCursor string
}

// SearchEvents returns the events that match; cancelled ones too, whose status says so.
func (s *Service) SearchEvents(ctx context.Context, r Request) (Result[contracts.Event], error) {
	q, err := r.query()
	if err != nil {
		return Result[contracts.Event]{}, err
	}
	page, err := s.index.SearchEvents(ctx, q)
	if err != nil {
		return Result[contracts.Event]{}, fmt.Errorf("search events: %w", err)
	}
	return result(page)
}

// SearchBookings returns the user's own bookings that match.
func (s *Service) SearchBookings(ctx context.Context, userID string, r Request) (Result[contracts.Booking], error) {
	if userID == "" {
		return Result[contracts.Booking]{}, fault.New(fault.Unauthenticated, "unauthenticated", "Sign in to search your bookings.")
	}
	q, err := r.query()
	if err != nil {
		return Result[contracts.Booking]{}, err
	}
	page, err := s.index.SearchBookings(ctx, userID, q)
	if err != nil {
		return Result[contracts.Booking]{}, fmt.Errorf("search bookings: %w", err)
	}
	return result(page)
}

func (r Request) query() (Query, error) {
	var broken []fault.Field
	if strings.TrimSpace(r.Text) == "" || utf8.RuneCountInString(r.Text) > MaxQueryLength {
		broken = append(broken, fault.Field{Field: "q", Rule: fmt.Sprintf("must have 1 to %d characters, not only spaces", MaxQueryLength)})
	}
	if r.Limit < 1 || r.Limit > MaxPageSize {
		broken = append(broken, fault.Field{Field: "limit", Rule: fmt.Sprintf("must be 1 to %d", MaxPageSize)})
	}
	after, err := decodeCursor(r.Cursor)
	if err != nil {
		broken = append(broken, fault.Field{Field: "cursor", Rule: "must be the next_cursor of the page before"})
	}
	if broken != nil {
		return Query{}, fault.InvalidFields(broken...)
	}
	return Query{Text: r.Text, Limit: r.Limit, After: after}, nil
}

func result[T any](page Page[T]) (Result[T], error) {
	cursor, err := encodeCursor(page.Next)
	return Result[T]{Hits: page.Hits, NextCursor: cursor}, err
}

// encodeCursor hides the position from clients, which must not depend on its form.
func encodeCursor(p *Position) (string, error) {
	if p == nil {
		return "", nil
	}
	encoded, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(encoded), nil
}

func decodeCursor(cursor string) (*Position, error) {
	if cursor == "" {
		return nil, nil
	}
	encoded, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, err
	}
	var p Position
	if err := json.Unmarshal(encoded, &p); err != nil {
		return nil, err
	}
	if p.Key == "" {
		return nil, fmt.Errorf("key is missing")
	}
	return &p, nil
}
