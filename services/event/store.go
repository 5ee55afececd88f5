package event

import (
	"context"
	"errors"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
)

// ErrStale is what Store.Commit returns where something has changed since it was read. Read again and try again.
var ErrStale = errors.New("changed since it was read")

// Store keeps locations, events and the messages about them. Every implementation passes the suite in storetest.
type Store interface {
	// Location returns the location, or a NotFound fault.
	Location(ctx context.Context, id string) (Location, error)
	// Locations returns at most limit locations in the order of their ids, beginning behind the id after; "" begins at the first.
	Locations(ctx context.Context, after string, limit int) ([]Location, error)
	// Event returns the event, or a NotFound fault.
	Event(ctx context.Context, id string) (Event, error)
	// Events returns at most limit of the events that match, by start and id, beginning behind a position; the zero Position
	// begins at the first.
	Events(ctx context.Context, f Filter, after Position, limit int) ([]Event, error)
	// Upcoming returns the scheduled events at a location that start after an instant.
	Upcoming(ctx context.Context, locationID string, after time.Time) ([]Event, error)
	// Commit makes the change, all of it or nothing. It returns ErrStale where something of it is not as it was when it was read.
	Commit(ctx context.Context, c Change) error
	// SaveSeats keeps, for every event, the seats of the highest version, durably. It returns the ids of events it does not have.
	SaveSeats(ctx context.Context, seats []Seats) (unknown []string, err error)
}

// Change is what one use case commits.
type Change struct {
	// Location is new where its version is 1; else it replaces the version before, if its revision is still the stored one.
	Location *Location
	// At is the location that Events were checked against; it must still have that version. Events of one location do not
	// get in each other's way, but each counts up the location's revision. Nil where no event depends on a location.
	At *Location
	// Events are new where their version is 1; else they replace the version before. Their seats are left alone.
	Events []Event
	// Messages go to the outbox, in this order.
	Messages []Message
}

// Message is a message on its way to a topic.
type Message struct {
	Topic string
	Event cloudevent.Event
}

// Filter selects events. The zero value of a field selects all.
type Filter struct {
	IDs          []string  // those that exist of these
	From         time.Time // starting then or later
	To           time.Time // starting before
	OrganizerID  string
	LocationID   string
	Country      string
	MinSeatsLeft int
	Name         string // part of the name, in upper or lower case
}

// Position is a place in the order of events, that of an event that was seen.
type Position struct {
	StartsAt time.Time
	ID       string
}

// Seats is the state of an event's seats after a booking. Of two the one with the higher version is right.
type Seats struct {
	EventID string
	Version int64
	Taken   int
}
