package mongodb

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/contracts"
	outbox "github.com/myevents/myevents/platform/outbox/mongodb"
	"github.com/myevents/myevents/services/booking"
)

// record is a booking as it is stored. Times are unix microseconds: BSON's own have milliseconds only.
type record struct {
	ID          string `bson:"_id"`
	Version     int64  `bson:"version"` // 0: a claim, of which only ids, key and seats are known
	UserID      string `bson:"user"`
	Key         string `bson:"key,omitempty"` // what an inventory carries does without
	EventID     string `bson:"event"`
	EventName   string `bson:"event_name"`
	StartsAt    int64  `bson:"starts_at"`
	Seats       int    `bson:"seats"`
	Status      string `bson:"status"`
	Reason      string `bson:"reason"`
	Price       int64  `bson:"price"` // of all seats
	Currency    string `bson:"currency"`
	CreatedAt   int64  `bson:"created_at"`
	CancelledAt int64  `bson:"cancelled_at"` // 0: not cancelled
	Took        int64  `bson:"took"`         // the inventory's version from which on its seats are taken; 0: never
	Gave        int64  `bson:"gave"`         // that from which on they are free again; 0: not yet
}

func claim(o booking.Order) record {
	return record{ID: o.BookingID, UserID: o.UserID, Key: o.Key, EventID: o.EventID, Seats: o.Seats}
}

// decided reports whether it is more than a claim.
func (r record) decided() bool { return r.Version > 0 }

// with returns the record of the booking's new state, decided with the inventory after it.
func (r record) with(b booking.Booking, after booking.Inventory) record {
	r.Version, r.EventName, r.StartsAt = b.Version, b.EventName, b.StartsAt.UnixMicro()
	r.Status, r.Reason, r.Price, r.Currency = b.Status, b.Reason, b.Total.Amount, b.Total.Currency
	r.CreatedAt = b.CreatedAt.UnixMicro()
	switch b.Status {
	case contracts.StatusConfirmed:
		r.Took = after.Version
	case contracts.StatusCancelled:
		r.Gave, r.CancelledAt = after.Version, b.CancelledAt.UnixMicro()
	}
	return r
}

func (r record) booking() booking.Booking {
	b := booking.Booking{
		ID: r.ID, Version: r.Version, EventID: r.EventID, EventName: r.EventName, StartsAt: instant(r.StartsAt), UserID: r.UserID,
		Seats: r.Seats, Status: r.Status, Reason: r.Reason, Total: contracts.Money{Amount: r.Price, Currency: r.Currency},
		CreatedAt: instant(r.CreatedAt),
	}
	if r.CancelledAt != 0 {
		b.CancelledAt = instant(r.CancelledAt)
	}
	return b
}

// message returns the message that tells of the booking, with the record to be settled.
func (r record) message(b booking.Booking, after booking.Inventory, trace string) (outbox.Message, error) {
	e, data := b.Message(after, trace)
	document, err := e.EncodeWith(data)
	if err != nil {
		return outbox.Message{}, err
	}
	m := outbox.Encoded(contracts.TopicBooking, e.ID, e.Time, document)
	r.Key = "" // the claim has it
	if m.State, err = bson.Marshal(r); err != nil {
		return outbox.Message{}, fmt.Errorf("encode booking: %w", err)
	}
	return m, nil
}

// inventory is an event's seats as they are stored. The document is never removed.
type inventory struct {
	ID            string    `bson:"_id"`
	Revision      int64     `bson:"revision"` // grows with every change of what decisions depend on
	Version       int64     `bson:"version"`
	SeatsTaken    int       `bson:"seats_taken"`
	Event         eventCopy `bson:"event"`
	outbox.Unsent `bson:",inline"`
}

// eventCopy is the copy of an event; its version is 0 where there is none.
type eventCopy struct {
	Version  int64  `bson:"version"`
	Name     string `bson:"name"`
	StartsAt int64  `bson:"starts_at"`
	Capacity int    `bson:"capacity"`
	Price    int64  `bson:"price"`
	Currency string `bson:"currency"`
	Status   string `bson:"status"`
}

func copyOf(e contracts.Event) eventCopy {
	return eventCopy{
		Version: e.Version, Name: e.Name, StartsAt: e.StartsAt.UnixMicro(), Capacity: e.Capacity, Price: e.Price.Amount,
		Currency: e.Price.Currency, Status: e.Status,
	}
}

func (i inventory) inventory() booking.Inventory {
	b := booking.Inventory{Event: booking.Event{ID: i.ID}, Version: i.Version, SeatsTaken: i.SeatsTaken}
	if e := i.Event; e.Version > 0 {
		b.Event = booking.Event{
			ID: i.ID, Version: e.Version, Name: e.Name, StartsAt: instant(e.StartsAt), Capacity: e.Capacity,
			Price: contracts.Money{Amount: e.Price, Currency: e.Currency}, Status: e.Status,
		}
	}
	return b
}

func instant(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
