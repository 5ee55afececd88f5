package httpapi

import (
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/booking"
)

// Booking is a booking as the API shows it.
type Booking struct {
	ID          string          `json:"id"`
	EventID     string          `json:"event_id"`
	EventName   string          `json:"event_name" example:"Jazz night"`
	StartsAt    time.Time       `json:"starts_at" doc:"Of the event, as announced when it was booked"`
	UserID      string          `json:"user_id"`
	Seats       int             `json:"seats" example:"2"`
	Status      string          `json:"status" enum:"confirmed,rejected,cancelled"`
	Reason      string          `json:"reason,omitempty" doc:"Why it was rejected: the code of the problem" example:"sold-out"`
	Total       contracts.Money `json:"total" doc:"Of all seats"`
	CreatedAt   time.Time       `json:"created_at"`
	CancelledAt *time.Time      `json:"cancelled_at,omitempty"`
}

func view(b booking.Booking) Booking {
	v := Booking{
		ID: b.ID, EventID: b.EventID, EventName: b.EventName, StartsAt: b.StartsAt, UserID: b.UserID, Seats: b.Seats,
		Status: b.Status, Reason: b.Reason, Total: b.Total, CreatedAt: b.CreatedAt,
	}
	if !b.CancelledAt.IsZero() {
		v.CancelledAt = &b.CancelledAt
	}
	return v
}
