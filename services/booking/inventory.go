package booking

import (
	"time"

	"github.com/myevents/myevents/contracts"
)

// Event is the booking service's own copy of an event: what it needs to go on selling while the event service is away.
type Event struct {
	ID       string
	Version  int64
	Name     string
	StartsAt time.Time
	Capacity int
	Price    contracts.Money
	Status   string // contracts.EventScheduled or EventIsCancelled
}

// CopyOf returns the copy of the event in a message.
func CopyOf(e contracts.Event) Event {
	return Event{
		ID: e.ID, Version: e.Version, Name: e.Name, StartsAt: e.StartsAt.UTC(), Capacity: e.Capacity, Price: e.Price, Status: e.Status,
	}
}

// Inventory is the seats of one event. It outlives the copy of the event: seats stay taken while nobody knows of what.
type Inventory struct {
	Event      Event // zero but for the ID while there is no copy
	Version    int64 // grows with every change of SeatsTaken
	SeatsTaken int
}

// Known reports whether there is a copy of the event.
func (i Inventory) Known() bool { return i.Event.Version > 0 }

// SeatsLeft returns how many seats can be booked; never less than 0, though a capacity may have been lowered below what
// is taken.
func (i Inventory) SeatsLeft() int { return max(0, i.Event.Capacity-i.SeatsTaken) }

func (i Inventory) refuses(o Order) (reason string) {
	switch left := i.SeatsLeft(); {
	case i.Event.Status == contracts.EventIsCancelled:
		return ReasonEventCancelled
	case !o.At.Before(i.Event.StartsAt):
		return ReasonEventPast
	case left == 0:
		return ReasonSoldOut
	case o.Seats > left:
		return ReasonNotEnoughSeats
	}
	return ""
}

func (i Inventory) take(seats int) Inventory {
	i.Version++
	i.SeatsTaken += seats
	return i
}
