package booking

import (
	"context"
	"time"

	"github.com/myevents/myevents/contracts"
)

// Store keeps bookings, inventories and the copy of the events. Its methods are the use cases' atomic steps, so that a
// store without transactions over many documents can implement them too. Every change of a booking is committed with its
// Message. Implementations are safe for concurrent use and pass storetest.
type Store interface {
	// Place decides the order and records the booking, rejected ones too. Under an idempotency key that was used before
	// it returns that booking as it is now, with placed false, if it Answers the order. An unknown event fails with
	// EventNotFound and records nothing.
	Place(ctx context.Context, o Order) (b Booking, placed bool, err error)
	// Cancel cancels the user's booking as Booking.Cancel says; cancelled is false where it was before. Another user's is
	// NotFound.
	Cancel(ctx context.Context, c Cancellation) (b Booking, cancelled bool, err error)
	// Booking returns the user's booking. Another user's is NotFound.
	Booking(ctx context.Context, userID, bookingID string) (Booking, error)
	// Bookings returns at most limit of the user's bookings, newest first, beginning behind the id before; "" begins at
	// the newest.
	Bookings(ctx context.Context, userID, before string, limit int) ([]Booking, error)

	// Apply takes a message's event into the copy. It returns false where the copy is as new or newer.
	Apply(ctx context.Context, e contracts.Event) (applied bool, err error)
	// Restore takes events into the copy unless the copy is newer, and returns how many it took.
	Restore(ctx context.Context, events []contracts.Event) (applied int, err error)
	// Forget removes events from the copy and returns how many were there. Their inventories stay.
	Forget(ctx context.Context, eventIDs []string) (removed int, err error)
	// ForgetAll removes all events from the copy. Their inventories stay.
	ForgetAll(ctx context.Context) error
	// Inventories returns at most limit inventories with a copy of the event, by the event's id, beginning behind the id after.
	Inventories(ctx context.Context, after string, limit int) ([]Inventory, error)

	// Recover finishes what a crash has left half-done. It is called before anything else.
	Recover(ctx context.Context) error
	// Audit compares seats taken with seats booked and returns by how many they differ, by the event's id. Nil is the only right
	// answer.
	Audit(ctx context.Context) (mismatches map[string]int, err error)
	// Ping fails where the store does not work.
	Ping(ctx context.Context) error
}

// Recorder is told what has happened, once each; replays of an idempotency key are nothing new.
type Recorder interface {
	Placed(ctx context.Context, b Booking)
	PlaceRefused(ctx context.Context, o Order, err error)
	Cancelled(ctx context.Context, b Booking)
	CancelRefused(ctx context.Context, c Cancellation, err error)
}

// Service is the use cases. All fields are needed.
type Service struct {
	Store    Store
	Recorder Recorder
	Clock    func() time.Time
	NewID    func() string // ids that sort by the time they were made
}
