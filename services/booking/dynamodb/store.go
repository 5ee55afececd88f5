package dynamodb

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/deadletter"
	letters "github.com/myevents/myevents/platform/deadletter/dynamodb"
	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/lanes"
	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/dynamodb"
	"github.com/myevents/myevents/services/booking"
)

// Options say which tables to open. URL is needed.
type Options struct {
	URL       string                       // see platform/dynamodb
	WriteHook func(statement string) error // see platform/dynamodb
}

// Store is a booking.Store. Several processes may have one each.
type Store struct {
	db     *dynamodb.DB
	table  dynamodb.Table
	outbox *log.Log
	lanes  *lanes.Lanes[*change]
}

var _ booking.Store = (*Store)(nil)

// Open opens the tables and makes those that are missing; ctx bounds the opening only.
func Open(ctx context.Context, o Options) (*Store, error) {
	db, err := dynamodb.Open(ctx, dynamodb.Options{URL: o.URL, Service: "booking", WriteHook: o.WriteHook})
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, table: db.Table("")}
	if err := db.EnsureTables(ctx, s.table, db.Table("outbox")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.outbox = log.NewLog(db, db.Table("outbox"))
	s.lanes = s.newLanes()
	return s, nil
}

// Close commits what waits and gives the connections back. It is idempotent.
func (s *Store) Close() error {
	s.lanes.Close()
	return s.db.Close()
}

// Outbox returns the log of the store's messages.
func (s *Store) Outbox() outbox.Log { return s.outbox }

// DeadLetters returns the service's dead letters, which share the table.
func (s *Store) DeadLetters() deadletter.Store { return letters.New(s.db, s.table) }

// Stats describes the requests for the health page.
func (s *Store) Stats() map[string]any { return s.db.Stats() }

// Metrics returns how requests fare.
func (s *Store) Metrics() []prometheus.Collector { return s.db.Metrics() }

// Ping fails where the store does not work.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx, s.table) }

// Recover has nothing to do: a transaction is there or not.
func (s *Store) Recover(context.Context) error { return nil }

// Place decides the order in its event's lane.
func (s *Store) Place(ctx context.Context, o booking.Order) (booking.Booking, bool, error) {
	made := &booking.Booking{} // the lane's until it has answered
	err := s.do(ctx, o.EventID, keyOf(o.UserID, o.Key), func(i booking.Inventory) (decision, error) {
		if !i.Known() {
			return decision{}, booking.EventNotFound()
		}
		b, after := booking.Decide(i, o)
		*made = b
		item := newItem(b)
		item.TakenBy = after.Version
		return s.told(b, after, o.Trace,
			s.table.Put(keyItem{Key: keyOf(o.UserID, o.Key), BookingID: b.ID}, dynamodb.Absent()), s.table.Put(item, dynamodb.Absent()))
	})
	if errors.Is(err, errRefused) || fault.KindOf(err) == fault.NotFound {
		return s.repeat(ctx, o, err)
	}
	if err != nil {
		return booking.Booking{}, false, err
	}
	return *made, true, nil
}

// repeat returns the booking made under the order's key before, or none where there is none.
func (s *Store) repeat(ctx context.Context, o booking.Order, none error) (booking.Booking, bool, error) {
	var key keyItem
	found, err := s.table.Get(ctx, keyOf(o.UserID, o.Key), &key)
	if err != nil {
		return booking.Booking{}, false, fmt.Errorf("read idempotency key: %w", err)
	}
	if !found {
		return booking.Booking{}, false, none
	}
	b, err := s.Booking(ctx, o.UserID, key.BookingID)
	if err != nil {
		return booking.Booking{}, false, err
	}
	return b, false, b.Answers(o)
}

// Cancel gives the seats back in the transaction that marks the booking.
func (s *Store) Cancel(ctx context.Context, c booking.Cancellation) (booking.Booking, bool, error) {
	const attempts = 3 // one is lost where somebody else cancels the same booking, and a booking is cancelled once
	for attempt := 1; ; attempt++ {
		before, found, err := s.item(ctx, c.UserID, c.BookingID)
		if err != nil {
			return booking.Booking{}, false, err
		}
		if !found {
			return booking.Booking{}, false, booking.NotFound()
		}
		b, cancelled, err := s.cancel(ctx, before, c)
		if !errors.Is(err, errRefused) || attempt == attempts {
			return b, cancelled, err
		}
	}
}

func (s *Store) cancel(ctx context.Context, before bookingItem, c booking.Cancellation) (booking.Booking, bool, error) {
	type answer struct {
		booking   booking.Booking
		cancelled bool
	}
	a := &answer{} // the lane's until it has answered
	err := s.do(ctx, before.EventID, before.Key, func(i booking.Inventory) (decision, error) {
		b, after, err := before.booking().Cancel(i, c.At)
		*a = answer{b, b != before.booking()}
		if err != nil || !a.cancelled {
			return decision{after: i}, err
		}
		item := newItem(b)
		item.TakenBy, item.ReturnedBy = before.TakenBy, after.Version
		return s.told(b, after, c.Trace, s.table.Put(item, dynamodb.Condition{
			Expression: "version = :version", Values: dynamodb.Values{"version": before.Version},
		}))
	})
	if err != nil {
		return booking.Booking{}, false, err
	}
	return a.booking, a.cancelled, nil
}
