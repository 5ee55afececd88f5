// Package booking sells the seats of events: never more than there are, and never losing one that was sold.
//
// This package is the domain and its use cases. Decide and Booking.Cancel are the only places where seats are taken and
// given back; a Store makes each such decision atomic and durable together with the message that tells of it.
package booking

import (
	"strconv"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

// Booking is the answer to one order: seats taken, or the reason why not.
type Booking struct {
	ID          string
	Version     int64 // 1 when made, 2 when cancelled
	EventID     string
	EventName   string
	StartsAt    time.Time // of the event, as it was announced when the booking was made
	UserID      string
	Seats       int
	Status      string // contracts.StatusConfirmed, StatusRejected or StatusCancelled
	Reason      string // of a rejection: the code of the problem; otherwise empty
	Total       contracts.Money
	CreatedAt   time.Time
	CancelledAt time.Time // zero unless cancelled
}

// Order is a request for seats, complete with everything a decision depends on.
type Order struct {
	BookingID string // of the booking to be made
	UserID    string
	Key       string // the caller's idempotency key, unique for the user
	EventID   string
	Seats     int
	At        time.Time
	Trace     string // traceparent of the request; empty where it is not traced
}

// Cancellation is a request to give the seats of a booking back.
type Cancellation struct {
	UserID    string
	BookingID string
	At        time.Time
	Trace     string // traceparent of the request; empty where it is not traced
}

// The limits of one order.
const (
	MinSeats = 1
	MaxSeats = 100
)

// The reasons of a rejection, and codes of the problems that report it.
const (
	ReasonEventCancelled = "event-cancelled"
	ReasonEventPast      = "event-past"
	ReasonSoldOut        = "sold-out"
	ReasonNotEnoughSeats = "not-enough-seats"
)

// Reasons returns the reasons of a rejection.
func Reasons() []string {
	return []string{ReasonEventCancelled, ReasonEventPast, ReasonSoldOut, ReasonNotEnoughSeats}
}

// Decide answers the order from the inventory of its event. It returns the booking, confirmed or rejected, and the
// inventory after it.
func Decide(i Inventory, o Order) (Booking, Inventory) {
	b := Booking{
		ID: o.BookingID, Version: 1, EventID: i.Event.ID, EventName: i.Event.Name, StartsAt: i.Event.StartsAt, UserID: o.UserID,
		Seats: o.Seats, Status: contracts.StatusConfirmed, CreatedAt: o.At,
		Total: contracts.Money{Amount: i.Event.Price.Amount * int64(o.Seats), Currency: i.Event.Price.Currency},
	}
	if b.Reason = i.refuses(o); b.Reason != "" {
		b.Status = contracts.StatusRejected
		return b, i
	}
	return b, i.take(o.Seats)
}

// Cancel gives the seats back. It returns the cancelled booking and the inventory after it; both as they are where the
// booking was cancelled before. It fails with a Conflict on a rejected booking and on an event that has begun.
func (b Booking) Cancel(i Inventory, at time.Time) (Booking, Inventory, error) {
	switch {
	case b.Status == contracts.StatusCancelled:
		return b, i, nil
	case b.Status == contracts.StatusRejected:
		return b, i, fault.New(fault.Conflict, "booking-rejected", "The booking was rejected; there is nothing to cancel.")
	case !at.Before(b.begins(i)):
		return b, i, conflict(ReasonEventPast)
	}
	b.Version, b.Status, b.CancelledAt = b.Version+1, contracts.StatusCancelled, at
	return b, i.take(-b.Seats), nil
}

// begins is when the event begins by what is known now; the copy of the event may be missing.
func (b Booking) begins(i Inventory) time.Time {
	if i.Known() {
		return i.Event.StartsAt
	}
	return b.StartsAt
}

// AsMade returns the booking as it was first answered, whatever has become of it.
func (b Booking) AsMade() Booking {
	if b.Status == contracts.StatusCancelled {
		b.Version, b.Status, b.CancelledAt = 1, contracts.StatusConfirmed, time.Time{}
	}
	return b
}

// Answers fails where the booking, which was made under the order's idempotency key, answers a different order.
func (b Booking) Answers(o Order) error {
	if b.EventID == o.EventID && b.Seats == o.Seats {
		return nil
	}
	return fault.New(fault.Conflict, "idempotency-key-reused", "The idempotency key was used for a different booking.")
}

// Rejection returns the Conflict fault of a rejected booking; nil for any other.
func (b Booking) Rejection() error {
	if b.Reason == "" {
		return nil
	}
	return conflict(b.Reason)
}

func conflict(reason string) error {
	return fault.New(fault.Conflict, reason, details(reason))
}

func details(reason string) string {
	switch reason {
	case ReasonEventCancelled:
		return "The event is cancelled."
	case ReasonEventPast:
		return "The event has begun already."
	case ReasonSoldOut:
		return "There are no seats left."
	default:
		return "There are fewer seats left than were asked for."
	}
}

// NotFound is the fault for a booking that does not exist, or is not the caller's.
func NotFound() error { return fault.Missing("booking") }

// EventNotFound is the fault for an event the booking service does not know.
func EventNotFound() error { return fault.Missing("event") }

// Message returns the message that tells of the booking's present state, with the inventory after it, and the message's data
// apart. Its id depends on nothing but the booking and its version, so that making it again makes the same message.
func (b Booking) Message(i Inventory, trace string) (cloudevent.Event, contracts.Booking) {
	typ, at := contracts.BookingConfirmed, b.CreatedAt
	switch b.Status {
	case contracts.StatusRejected:
		typ = contracts.BookingRejected
	case contracts.StatusCancelled:
		typ, at = contracts.BookingCancelled, b.CancelledAt
	}
	return cloudevent.Event{
			// The subject is the booking's id, not the event's: consumers count seats by the inventory's version, so they need no
			// order among an event's bookings, and a hot event must not become one long queue.
			ID: b.ID + "." + strconv.FormatInt(b.Version, 10), Source: "/booking", Type: typ, Subject: b.ID, Time: at, Trace: trace,
		}, contracts.Booking{
			ID: b.ID, Version: b.Version, EventID: b.EventID, EventName: b.EventName, StartsAt: b.StartsAt, UserID: b.UserID, Seats: b.Seats,
			Status: b.Status, Reason: b.Reason, CreatedAt: b.CreatedAt,
			Inventory: contracts.Inventory{Version: i.Version, SeatsTaken: i.SeatsTaken},
		}
}
