// Package contracts holds what crosses a service border: the messages, the access table and, beside this file, the
// OpenAPI, AsyncAPI and JSON Schema documents. Services share this package and the platform, never each other.
package contracts

import "time"

// Topics are named after the aggregate, so that all messages about one aggregate share a topic and, where the broker
// can, keep their order. A message's own type is in the CloudEvent.
const (
	TopicEvent    = "event"
	TopicLocation = "location"
	TopicBooking  = "booking"
	TopicUser     = "user"
	TopicSession  = "session"
)

// The message types.
const (
	EventCreated     = "event.created"
	EventChanged     = "event.changed"
	EventCancelled   = "event.cancelled"
	LocationCreated  = "location.created"
	LocationChanged  = "location.changed"
	BookingConfirmed = "booking.confirmed"
	BookingRejected  = "booking.rejected"
	BookingCancelled = "booking.cancelled"
	UserRegistered   = "user.registered"
	SessionRevoked   = "session.revoked"
)

// Money is an amount in the minor unit of its currency: {4500, "EUR"} is 45 euros.
type Money struct {
	Amount   int64  `json:"amount" minimum:"0" maximum:"1000000000000" doc:"Amount in minor units: 4500 is 45.00" example:"4500"`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" doc:"ISO 4217 code" example:"EUR"`
}

// The states of an event.
const (
	EventScheduled   = "scheduled"
	EventIsCancelled = "cancelled"
)

// Event is the data of event.created, event.changed and event.cancelled: the whole state of the event after the
// change, so that a consumer needs only the newest version.
type Event struct {
	ID           string    `json:"id"`
	Version      int64     `json:"version"` // 1 at creation, one more at each change
	OrganizerID  string    `json:"organizer_id"`
	Name         string    `json:"name"`
	StartsAt     time.Time `json:"starts_at"`
	EndsAt       time.Time `json:"ends_at"`
	LocationID   string    `json:"location_id"`
	LocationName string    `json:"location_name"`
	Country      string    `json:"country"` // ISO 3166-1 alpha-2
	Hall         string    `json:"hall"`
	Capacity     int       `json:"capacity"`
	Price        Money     `json:"price"`
	Status       string    `json:"status"` // EventScheduled or EventIsCancelled
}

// Location is the data of location.created and location.changed: the whole state after the change.
type Location struct {
	ID           string        `json:"id"`
	Version      int64         `json:"version"`
	OrganizerID  string        `json:"organizer_id"`
	Name         string        `json:"name"`
	Address      string        `json:"address"`
	Country      string        `json:"country"`
	OpeningHours *OpeningHours `json:"opening_hours,omitempty"`
	Halls        []Hall        `json:"halls"`
}

// OpeningHours are local wall-clock times, HH:MM.
type OpeningHours struct {
	Opens  string `json:"opens" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"09:00"`
	Closes string `json:"closes" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"23:00"`
}

// Hall is a room of a location; its name is unique there.
type Hall struct {
	Name     string `json:"name" minLength:"1" maxLength:"100" example:"Great Hall"`
	Capacity int    `json:"capacity" minimum:"1" maximum:"1000000" example:"500"`
}

// The states of a booking.
const (
	StatusConfirmed = "confirmed"
	StatusRejected  = "rejected"
	StatusCancelled = "cancelled"
)

// Booking is the data of booking.confirmed, booking.rejected and booking.cancelled.
type Booking struct {
	ID        string    `json:"id"`
	Version   int64     `json:"version"` // 1 when made, 2 when cancelled
	EventID   string    `json:"event_id"`
	EventName string    `json:"event_name"`
	StartsAt  time.Time `json:"starts_at"` // of the event
	UserID    string    `json:"user_id"`
	Seats     int       `json:"seats"`
	Status    string    `json:"status"`
	Reason    string    `json:"reason,omitempty"` // why it was rejected: a problem code such as "sold-out"
	CreatedAt time.Time `json:"created_at"`
	Inventory Inventory `json:"inventory"`
}

// Inventory is the state of an event's seats after a booking. Of two messages the one with the higher version is right.
type Inventory struct {
	Version    int64 `json:"version"`
	SeatsTaken int   `json:"seats_taken"`
}

// User is the data of user.registered. It names nobody: messages carry ids, never personal data.
type User struct {
	ID    string   `json:"id"`
	Roles []string `json:"roles"`
}

// Session is the data of session.revoked.
type Session struct {
	ID      string    `json:"id"`
	UserID  string    `json:"user_id"`
	Expires time.Time `json:"expires_at"` // when the last token of the session expires by itself
}
