package dynamodb

import (
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/dynamodb"
	log "github.com/myevents/myevents/platform/outbox/dynamodb"
	"github.com/myevents/myevents/services/booking"
)

// The beginnings of sort keys in a user's partition.
const (
	bookingPrefix = "booking#"
	keyPrefix     = "key#"
)

func user(userID string) string { return "user#" + userID }

func bookingKey(userID, bookingID string) dynamodb.Key {
	return dynamodb.Key{Partition: user(userID), Sort: bookingPrefix + bookingID}
}

func keyOf(userID, key string) dynamodb.Key {
	return dynamodb.Key{Partition: user(userID), Sort: keyPrefix + key}
}

func inventoryKey(eventID string) dynamodb.Key {
	return dynamodb.Key{Partition: "event#" + eventID, Sort: "inventory"}
}

// directory is the partition that names all inventories.
const directory = "inventories"

func entryKey(eventID string) dynamodb.Key { return dynamodb.Key{Partition: directory, Sort: eventID} }

// keyItem says which booking was made under an idempotency key.
type keyItem struct {
	dynamodb.Key
	BookingID string `dynamodbav:"booking_id"`
}

// bookingItem is a booking. Times are unix microseconds.
type bookingItem struct {
	dynamodb.Key
	ID          string `dynamodbav:"id"`
	Version     int64  `dynamodbav:"version"`
	EventID     string `dynamodbav:"event_id"`
	EventName   string `dynamodbav:"event_name"`
	StartsAt    int64  `dynamodbav:"starts_at"`
	UserID      string `dynamodbav:"user_id"`
	Seats       int    `dynamodbav:"seats"`
	Status      string `dynamodbav:"status"`
	Reason      string `dynamodbav:"reason,omitempty"`
	Amount      int64  `dynamodbav:"amount"` // of all seats
	Currency    string `dynamodbav:"currency"`
	CreatedAt   int64  `dynamodbav:"created_at"`
	CancelledAt int64  `dynamodbav:"cancelled_at,omitempty"`

	TakenBy    int64 `dynamodbav:"taken_by"`              // version of the inventory that the decision left
	ReturnedBy int64 `dynamodbav:"returned_by,omitempty"` // the same of the cancellation
}

func newItem(b booking.Booking) bookingItem {
	i := bookingItem{
		Key: bookingKey(b.UserID, b.ID), ID: b.ID, Version: b.Version, EventID: b.EventID, EventName: b.EventName,
		StartsAt: b.StartsAt.UnixMicro(), UserID: b.UserID, Seats: b.Seats, Status: b.Status, Reason: b.Reason,
		Amount: b.Total.Amount, Currency: b.Total.Currency, CreatedAt: b.CreatedAt.UnixMicro(),
	}
	if !b.CancelledAt.IsZero() {
		i.CancelledAt = b.CancelledAt.UnixMicro()
	}
	return i
}

func (i bookingItem) booking() booking.Booking {
	b := booking.Booking{
		ID: i.ID, Version: i.Version, EventID: i.EventID, EventName: i.EventName, StartsAt: instant(i.StartsAt), UserID: i.UserID,
		Seats: i.Seats, Status: i.Status, Reason: i.Reason, Total: contracts.Money{Amount: i.Amount, Currency: i.Currency},
		CreatedAt: instant(i.CreatedAt),
	}
	if i.CancelledAt != 0 {
		b.CancelledAt = instant(i.CancelledAt)
	}
	return b
}

// seatsAt returns the seats that the booking held when the inventory had the version.
func (i bookingItem) seatsAt(version int64) int {
	if i.Status == contracts.StatusRejected || i.TakenBy > version || i.ReturnedBy != 0 && i.ReturnedBy <= version {
		return 0
	}
	return i.Seats
}

// inventoryItem is an event's seats and the copy of the event. The zero value is that of an event nobody has heard of.
type inventoryItem struct {
	dynamodb.Key
	Revision   int64    `dynamodbav:"revision"` // counts the transactions that touched it
	Version    int64    `dynamodbav:"version"`
	SeatsTaken int      `dynamodbav:"seats_taken"`
	Told       log.Row  `dynamodbav:"told,omitempty"` // with the messages of the last transaction that had some
	Event      copyItem `dynamodbav:"event"`
}

// copyItem is the copy of an event; its version is 0 where there is none.
type copyItem struct {
	Version  int64  `dynamodbav:"version"`
	Name     string `dynamodbav:"name"`
	StartsAt int64  `dynamodbav:"starts_at"`
	Capacity int    `dynamodbav:"capacity"`
	Amount   int64  `dynamodbav:"amount"`
	Currency string `dynamodbav:"currency"`
	Status   string `dynamodbav:"status"`
}

func (i inventoryItem) inventory(eventID string) booking.Inventory {
	all := booking.Inventory{Event: booking.Event{ID: eventID}, Version: i.Version, SeatsTaken: i.SeatsTaken}
	if e := i.Event; e.Version > 0 {
		all.Event = booking.Event{
			ID: eventID, Version: e.Version, Name: e.Name, StartsAt: instant(e.StartsAt), Capacity: e.Capacity,
			Price: contracts.Money{Amount: e.Amount, Currency: e.Currency}, Status: e.Status,
		}
	}
	return all
}

// after returns the next revision, with the inventory.
func (i inventoryItem) after(a booking.Inventory) inventoryItem {
	next := inventoryItem{
		Key: inventoryKey(a.Event.ID), Revision: i.Revision + 1, Version: a.Version, SeatsTaken: a.SeatsTaken, Told: i.Told,
	}
	if e := a.Event; a.Known() {
		next.Event = copyItem{
			Version: e.Version, Name: e.Name, StartsAt: e.StartsAt.UnixMicro(), Capacity: e.Capacity, Amount: e.Price.Amount,
			Currency: e.Price.Currency, Status: e.Status,
		}
	}
	return next
}

// unchanged is the condition that the item is as it was read.
func (i inventoryItem) unchanged() dynamodb.Condition {
	if i.Revision == 0 {
		return dynamodb.Absent()
	}
	return dynamodb.Condition{Expression: "revision = :revision", Values: dynamodb.Values{"revision": i.Revision}}
}

func instant(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
