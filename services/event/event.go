// Package event keeps what can be visited: locations with their halls, and the events organizers hold in them.
//
// It is the owner of both. Every change is one commit of new state and of the messages that tell the other services;
// of the seats it only knows what the booking service announces.
package event

import (
	"fmt"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
)

const (
	maxName     = 200 // characters
	maxDuration = 30 * 24 * time.Hour
	maxPrice    = 1_000_000_000_000 // minor units
)

// Event is something people can book seats for. It is scheduled or cancelled, and past once it has begun.
type Event struct {
	ID           string
	Version      int64 // 1 at creation, one more at each change; seats do not count
	OrganizerID  string
	Name         string
	StartsAt     time.Time // UTC, to the microsecond; so are the other times
	EndsAt       time.Time
	LocationID   string
	LocationName string // as the location was called at the event's last change
	Country      string
	Hall         string
	Capacity     int
	Price        contracts.Money
	Status       string // contracts.EventScheduled or contracts.EventIsCancelled
	SeatsTaken   int    // as the booking service last announced
	CreatedAt    time.Time
}

// SeatsLeft returns how many seats can still be booked; 0 where a smaller hall met more bookings.
func (e Event) SeatsLeft() int {
	return max(0, e.Capacity-e.SeatsTaken)
}

// NewEvent is what an organizer says about an event to be held.
type NewEvent struct {
	Name       string
	StartsAt   time.Time
	EndsAt     time.Time
	LocationID string
	Hall       string
	Capacity   *int // nil: the hall's
	Price      contracts.Money
}

// EventChange is what an organizer wants to be different; nil leaves a field as it is.
type EventChange struct {
	Name       *string
	StartsAt   *time.Time
	EndsAt     *time.Time
	LocationID *string
	Hall       *string
	Capacity   *int
	Price      *contracts.Money
}

// at returns the event as planned for the location.
func (n NewEvent) at(loc Location) Event {
	e := Event{
		Name: trim(n.Name), StartsAt: instant(n.StartsAt), EndsAt: instant(n.EndsAt),
		Hall: n.Hall, Price: n.Price, Status: contracts.EventScheduled,
	}
	if n.Capacity != nil {
		e.Capacity = *n.Capacity
	} else if hall, ok := loc.hall(n.Hall); ok {
		e.Capacity = hall.Capacity
	}
	return e.movedTo(loc)
}

// apply returns the event with the change made, at the location that the change leads to.
func (c EventChange) apply(e Event, loc Location) Event {
	set(&e.Name, c.Name)
	set(&e.StartsAt, c.StartsAt)
	set(&e.EndsAt, c.EndsAt)
	set(&e.Hall, c.Hall)
	set(&e.Capacity, c.Capacity)
	set(&e.Price, c.Price)
	e.Name, e.StartsAt, e.EndsAt = trim(e.Name), instant(e.StartsAt), instant(e.EndsAt)
	return e.movedTo(loc)
}

// movedTo returns the event with what it copies of its location.
func (e Event) movedTo(loc Location) Event {
	e.LocationID, e.LocationName, e.Country = loc.ID, loc.Name, loc.Country
	return e
}

// check returns an Invalid fault that names every field in which the event breaks a rule of its own or of its location.
func (e Event) check(loc Location, now time.Time) error {
	var r rules
	r.text("name", e.Name, maxName)
	r.require(e.StartsAt.After(now), "starts_at", "must be in the future")
	r.require(e.EndsAt.After(e.StartsAt), "ends_at", "must be after starts_at")
	r.require(e.EndsAt.Sub(e.StartsAt) <= maxDuration, "ends_at", "must be at most 30 days after starts_at")
	hall, ok := loc.hall(e.Hall)
	r.require(ok, "hall", "must be a hall of the location")
	if ok {
		r.require(e.Capacity >= 1 && e.Capacity <= hall.Capacity, "capacity",
			fmt.Sprintf("must be between 1 and %d, the capacity of the hall", hall.Capacity))
	}
	r.require(e.Price.Amount >= 0 && e.Price.Amount <= maxPrice, "price.amount", "must be between 0 and 1000000000000")
	r.require(isCurrency(e.Price.Currency), "price.currency", "must be an ISO 4217 code such as EUR")
	return r.err()
}

// mayChange returns why the organizer cannot change the event now, if so.
func (e Event) mayChange(organizerID string, now time.Time) error {
	switch {
	case e.OrganizerID != organizerID:
		return fault.New(fault.Forbidden, "not-your-event", "Only the organizer of the event can change it.")
	case e.Status == contracts.EventIsCancelled:
		return fault.New(fault.Conflict, "event-cancelled", "The event is cancelled.")
	case !e.StartsAt.After(now):
		return fault.New(fault.Conflict, "event-past", "The event has already begun.")
	}
	return nil
}

// message returns the event as the other services see it.
func (e Event) message() contracts.Event {
	return contracts.Event{
		ID: e.ID, Version: e.Version, OrganizerID: e.OrganizerID, Name: e.Name, StartsAt: e.StartsAt, EndsAt: e.EndsAt,
		LocationID: e.LocationID, LocationName: e.LocationName, Country: e.Country, Hall: e.Hall, Capacity: e.Capacity,
		Price: e.Price, Status: e.Status,
	}
}

// set assigns a given value.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// instant returns the time as it is stored: a value must be the same before and after it was kept.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
