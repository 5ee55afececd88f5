package httpapi

import (
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/search"
)

// EventHits is a page of events, and what all pages together are like.
type EventHits struct {
	Items      []EventHit `json:"items" nullable:"false"`
	NextCursor string     `json:"next_cursor,omitempty" doc:"Pass it as cursor to get the next page; absent on the last"`
	Total      int        `json:"total" doc:"Events found, on all pages"`
	Facets     Facets     `json:"facets" doc:"What each filter would leave, counted as if it alone were not set; at most 30 values each"`
}

// Facets are values of filters that would leave something.
type Facets struct {
	Country []FacetValue `json:"country" nullable:"false" doc:"The most frequent first"`
	Month   []FacetValue `json:"month" nullable:"false" doc:"In the order of time"`
}

// FacetValue is a value of a filter.
type FacetValue struct {
	Value string `json:"value" example:"DE"`
	Count int    `json:"count" doc:"Events that the filter would leave"`
}

// EventHit is an event found: its fields as its owner last published them, and how they match.
type EventHit struct {
	contracts.Event
	Match
}

// BookingHit is a booking found, and how it matches.
type BookingHit struct {
	ID        string    `json:"id"`
	EventID   string    `json:"event_id"`
	EventName string    `json:"event_name"`
	StartsAt  time.Time `json:"starts_at" doc:"When the event starts"`
	UserID    string    `json:"user_id"`
	Seats     int       `json:"seats"`
	Status    string    `json:"status" enum:"confirmed,cancelled"`
	CreatedAt time.Time `json:"created_at"`
	Match
}

// Match says how a hit matches what was searched for.
type Match struct {
	Highlights map[string][]string `json:"highlights" doc:"By field that matches: HTML-escaped text with the matches in mark elements"`
	Score      float64             `json:"score" doc:"The higher, the better; comparable within one search only"`
}

func eventHits(found search.EventResult) EventHits {
	p := page(found.Result, eventHit)
	return EventHits{
		Items: p.Items, NextCursor: p.NextCursor, Total: found.Total,
		Facets: Facets{Country: facet(found.Facets.Country), Month: facet(found.Facets.Month)},
	}
}

func facet(values []search.FacetValue) []FacetValue {
	view := make([]FacetValue, len(values)) // never null
	for i, v := range values {
		view[i] = FacetValue(v)
	}
	return view
}

func page[From, To any](found search.Result[From], view func(search.Hit[From]) To) httpserver.Page[To] {
	p := httpserver.Page[To]{Items: make([]To, len(found.Hits)), NextCursor: found.NextCursor}
	for i, hit := range found.Hits {
		p.Items[i] = view(hit)
	}
	return p
}

func eventHit(h search.Hit[contracts.Event]) EventHit {
	m := Match{Highlights: h.Highlights, Score: h.Score}
	if m.Highlights == nil { // of a search without words
		m.Highlights = map[string][]string{}
	}
	return EventHit{Event: h.Item, Match: m}
}

func bookingHit(h search.Hit[contracts.Booking]) BookingHit {
	b := h.Item
	return BookingHit{
		ID: b.ID, EventID: b.EventID, EventName: b.EventName, StartsAt: b.StartsAt, UserID: b.UserID, Seats: b.Seats,
		Status: b.Status, CreatedAt: b.CreatedAt, Match: Match{Highlights: h.Highlights, Score: h.Score},
	}
}
