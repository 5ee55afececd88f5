package httpapi

import (
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/search"
)

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

func eventHit(h search.Hit[contracts.Event]) EventHit {
	return EventHit{Event: h.Item, Match: Match{Highlights: h.Highlights, Score: h.Score}}
}

func bookingHit(h search.Hit[contracts.Booking]) BookingHit {
	b := h.Item
	return BookingHit{
		ID: b.ID, EventID: b.EventID, EventName: b.EventName, StartsAt: b.StartsAt, UserID: b.UserID, Seats: b.Seats,
		Status: b.Status, CreatedAt: b.CreatedAt, Match: Match{Highlights: h.Highlights, Score: h.Score},
	}
}
