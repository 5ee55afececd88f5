package search

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/myevents/myevents/platform/fault"
)

// The limits of a request.
const (
	MaxQueryLength = 200 // characters
	MaxPageSize    = 100
)

// query returns the question that the request asks, or an Invalid fault with every rule that it breaks.
func (r EventRequest) query() (Query, error) {
	text := strings.TrimSpace(r.Text)
	by := r.Sort
	switch {
	case text == "" && (by == "" || by == SortRelevance):
		by = SortStarts // without words, nothing is more relevant than anything else
	case by == "":
		by = SortRelevance
	}
	after, broken := r.check(by)
	if r.Country != "" && !isCountry(r.Country) {
		broken = append(broken, fault.Field{Field: "country", Rule: "must be an ISO 3166-1 alpha-2 code, such as DE"})
	}
	if _, err := time.Parse("2006-01", r.Month); r.Month != "" && err != nil {
		broken = append(broken, fault.Field{Field: "month", Rule: "must be a year and a month, such as 2026-11"})
	}
	if orders := []Sort{SortRelevance, SortStarts, SortLatest, SortPrice, SortName}; !slices.Contains(orders, by) {
		broken = append(broken, fault.Field{Field: "sort", Rule: "must be relevance, starts_at, -starts_at, price or name"})
	}
	if broken != nil {
		return Query{}, fault.InvalidFields(broken...)
	}
	return Query{Text: text, Country: r.Country, Month: r.Month, Sort: by, Limit: r.Limit, After: after}, nil
}

func (r Request) bookingQuery() (BookingQuery, error) {
	after, broken := r.check(SortRelevance)
	if strings.TrimSpace(r.Text) == "" {
		broken = append(broken, fault.Field{Field: "q", Rule: "must not be empty or only spaces"})
	}
	if broken != nil {
		return BookingQuery{}, fault.InvalidFields(broken...)
	}
	return BookingQuery{Text: r.Text, Limit: r.Limit, After: after}, nil
}

// check returns where the request's cursor leads in an order, and the rules that the request breaks, whatever it asks about.
func (r Request) check(by Sort) (after *Position, broken []fault.Field) {
	if utf8.RuneCountInString(r.Text) > MaxQueryLength {
		broken = append(broken, fault.Field{Field: "q", Rule: fmt.Sprintf("must have at most %d characters", MaxQueryLength)})
	}
	if r.Limit < 1 || r.Limit > MaxPageSize {
		broken = append(broken, fault.Field{Field: "limit", Rule: fmt.Sprintf("must be 1 to %d", MaxPageSize)})
	}
	after, err := decodeCursor(r.Cursor, by)
	if err != nil {
		broken = append(broken, fault.Field{Field: "cursor", Rule: "must be the next_cursor of the page before, of the same sort"})
	}
	return after, broken
}

func isCountry(code string) bool {
	return len(code) == 2 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// cursor is a position and the order it is a place in: in another it would lead anywhere.
type cursor struct {
	Position
	Sort Sort `json:"o,omitempty"` // none: SortRelevance
}

// encodeCursor hides the position from clients, which must not depend on its form.
func encodeCursor(p *Position, by Sort) (string, error) {
	if p == nil {
		return "", nil
	}
	c := cursor{Position: *p, Sort: by}
	if by == SortRelevance {
		c.Sort = ""
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(encoded), nil
}

func decodeCursor(text string, by Sort) (*Position, error) {
	if text == "" {
		return nil, nil
	}
	encoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	var c cursor
	if err := json.Unmarshal(encoded, &c); err != nil {
		return nil, err
	}
	switch {
	case c.Key == "":
		return nil, errors.New("key is missing")
	case cmp.Or(c.Sort, SortRelevance) != by:
		return nil, fmt.Errorf("cursor is of the order %s", c.Sort)
	}
	return &c.Position, nil
}
