package mongodb

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/prometheus/client_golang/prometheus"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/platform/deadletter"
	letters "github.com/myevents/myevents/platform/deadletter/mongodb"
	"github.com/myevents/myevents/platform/lanes"
	"github.com/myevents/myevents/platform/mongodb"
	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/mongodb"
	"github.com/myevents/myevents/services/booking"
)

const inventories = "inventories"

// Options say which database to open.
type Options struct {
	URL       string                     // see mongodb.Options
	WriteHook func(command string) error // see mongodb.Options
}

// Store is a booking.Store.
type Store struct {
	db          *mongodb.DB
	bookings    *mongodb.Collection
	inventories *mongodb.Collection
	outbox      *log.Log
	lanes       *lanes.Lanes[*job]
}

var _ booking.Store = (*Store)(nil)

// Open connects to the database and makes its indexes; ctx bounds the opening only.
func Open(ctx context.Context, o Options) (*Store, error) {
	db, err := mongodb.Open(ctx, mongodb.Options{URL: o.URL, Service: "booking", WriteHook: o.WriteHook})
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, bookings: db.Collection("bookings"), inventories: db.Collection(inventories)}
	s.outbox = log.NewLog(db, log.Source{Collection: inventories, Settle: s.settle})
	s.lanes = s.newLanes()
	indexes := mongodb.Indexes{"bookings": {mongodb.Unique("user", "key"), mongodb.On("user", "_id"), mongodb.On("event")}}
	maps.Copy(indexes, s.outbox.Indexes())
	if err := db.EnsureIndexes(ctx, indexes); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Close waits for what is being decided and ends the connections.
func (s *Store) Close() error {
	s.lanes.Close()
	return s.db.Close()
}

// Outbox returns the log of the store's messages.
func (s *Store) Outbox() outbox.Log { return s.outbox }

// DeadLetters returns the service's dead letters, which share the database.
func (s *Store) DeadLetters() deadletter.Store { return letters.New(s.db) }

// Stats describes the connections for the health page.
func (s *Store) Stats() map[string]any { return s.db.Stats() }

// Metrics returns those of the connections.
func (s *Store) Metrics() []prometheus.Collector { return s.db.Metrics() }

// Ping fails where the database does not answer.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx) }

// Recover settles what inventories have decided and moves their messages to the outbox.
func (s *Store) Recover(ctx context.Context) error { return s.outbox.Move(ctx) }

// Place has the order decided by its event's inventory.
func (s *Store) Place(ctx context.Context, o booking.Order) (b booking.Booking, placed bool, err error) {
	return s.submit(ctx, o.EventID, &job{order: &o})
}

// Cancel has the seats given back by the inventory of the booking's event.
func (s *Store) Cancel(ctx context.Context, c booking.Cancellation) (b booking.Booking, cancelled bool, err error) {
	r, err := s.own(ctx, c.UserID, c.BookingID)
	if err != nil {
		return booking.Booking{}, false, err
	}
	return s.submit(ctx, r.EventID, &job{cancellation: &c, record: r})
}

// Booking returns the user's booking.
func (s *Store) Booking(ctx context.Context, userID, bookingID string) (booking.Booking, error) {
	r, err := s.own(ctx, userID, bookingID)
	if err != nil {
		return booking.Booking{}, err
	}
	return r.booking(), nil
}

// own returns the record of the user's booking. The id alone finds it; a claim is not shown.
func (s *Store) own(ctx context.Context, userID, bookingID string) (record, error) {
	var r record
	err := s.bookings.FindOne(ctx, bson.M{"_id": bookingID}, &r)
	switch {
	case errors.Is(err, mongodb.ErrNone):
		return record{}, booking.NotFound()
	case err != nil:
		return record{}, fmt.Errorf("read booking: %w", err)
	case r.UserID != userID || !r.decided():
		return record{}, booking.NotFound()
	}
	return r, nil
}

// Bookings returns a page of the user's bookings, newest first.
func (s *Store) Bookings(ctx context.Context, userID, before string, limit int) ([]booking.Booking, error) {
	filter := bson.M{"user": userID, "version": bson.M{"$gt": 0}}
	if before != "" {
		filter["_id"] = bson.M{"$lt": before}
	}
	var found []record
	err := s.bookings.Find(ctx, filter, &found, options.Find().SetSort(bson.M{"_id": -1}).SetLimit(int64(limit)))
	if err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	page := make([]booking.Booking, len(found))
	for i, r := range found {
		page[i] = r.booking()
	}
	return page, nil
}
