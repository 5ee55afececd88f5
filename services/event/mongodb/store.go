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
	"github.com/myevents/myevents/platform/mongodb"
	"github.com/myevents/myevents/platform/mongodb/change"
	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/mongodb"
	"github.com/myevents/myevents/services/event"
)

// The names of the collections.
const (
	locations = "locations"
	events    = "events"
)

// Options say which database to open.
type Options struct {
	URL       string                     // see mongodb.Options
	WriteHook func(command string) error // see mongodb.Options
}

// Store is an event.Store.
type Store struct {
	db        *mongodb.DB
	locations *mongodb.Collection
	events    *mongodb.Collection
	changes   *change.Store
	outbox    *log.Log
}

var _ event.Store = (*Store)(nil)

// Open connects to the database, makes its indexes and finishes what a crash has left; ctx bounds the opening only.
func Open(ctx context.Context, o Options) (*Store, error) {
	db, err := mongodb.Open(ctx, mongodb.Options{URL: o.URL, Service: "event", WriteHook: o.WriteHook})
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, locations: db.Collection(locations), events: db.Collection(events), outbox: log.NewLog(db)}
	s.changes = change.NewStore(db, s.outbox)
	indexes := mongodb.Indexes{events: {
		mongodb.On("body.starts_at", "_id"), mongodb.On("body.location", "body.starts_at", "_id"),
		mongodb.On("body.country", "body.starts_at", "_id"), mongodb.On("body.organizer", "body.starts_at", "_id"),
	}}
	maps.Copy(indexes, s.outbox.Indexes())
	if err := db.EnsureIndexes(ctx, indexes); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.outbox.Move(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Close ends the connections. It is idempotent.
func (s *Store) Close() error { return s.db.Close() }

// Outbox returns the log of the messages that were committed.
func (s *Store) Outbox() outbox.Log { return s.outbox }

// DeadLetters returns the store of the messages that could not be processed.
func (s *Store) DeadLetters() deadletter.Store { return letters.New(s.db) }

// Check reports the state of the connections for the health page.
func (s *Store) Check(ctx context.Context) (map[string]any, error) {
	return s.db.Stats(), s.db.Ping(ctx)
}

// Metrics returns those of the connections.
func (s *Store) Metrics() []prometheus.Collector { return s.db.Metrics() }

// Commit makes the change, all of it or nothing.
func (s *Store) Commit(ctx context.Context, c event.Change) error {
	var all change.Change
	if c.At != nil {
		all.Guards = append(all.Guards, change.Guard{Collection: locations, ID: c.At.ID, Version: c.At.Version})
	}
	if l := c.Location; l != nil {
		w := change.Write{Collection: locations, ID: l.ID, Version: l.Version - 1, Revision: l.Revision, Body: bodyOfLocation(*l)}
		all.Writes = append(all.Writes, w)
	}
	for _, e := range c.Events {
		w := change.Write{Collection: events, ID: e.ID, Version: e.Version - 1, Revision: change.Any, Body: bodyOfEvent(e)}
		all.Writes = append(all.Writes, w)
	}
	for _, m := range c.Messages {
		message, err := log.NewMessage(m.Topic, m.Event)
		if err != nil {
			return err
		}
		all.Messages = append(all.Messages, message)
	}
	err := s.changes.Commit(ctx, all)
	if errors.Is(err, change.ErrStale) {
		return event.ErrStale
	}
	return err
}

// SaveSeats updates the events whose seats are older.
func (s *Store) SaveSeats(ctx context.Context, seats []event.Seats) (unknown []string, err error) {
	changes := make([]mongodb.Change, len(seats))
	ids := make([]string, len(seats))
	for i, seat := range seats {
		ids[i] = seat.EventID
		changes[i] = mongodb.Change{
			Filter: bson.D{
				{Key: "_id", Value: seat.EventID}, change.Present(),
				{Key: "inventory_version", Value: bson.M{"$not": bson.M{"$gte": seat.Version}}}, // at first it is missing
			},
			Update: bson.M{"$set": bson.M{"seats_taken": seat.Taken, "inventory_version": seat.Version}},
		}
	}
	matched, err := s.events.UpdateEach(ctx, changes)
	if err != nil {
		return nil, fmt.Errorf("save seats: %w", err)
	}
	if matched == len(seats) {
		return nil, nil
	}
	return s.unknown(ctx, ids)
}

// unknown returns those of the events that are not there.
func (s *Store) unknown(ctx context.Context, ids []string) (unknown []string, err error) {
	var found []change.Head
	err = s.events.Find(ctx, bson.D{{Key: "_id", Value: bson.M{"$in": ids}}, change.Present()}, &found,
		options.Find().SetProjection(bson.M{"_id": 1}))
	if err != nil {
		return nil, fmt.Errorf("look for events: %w", err)
	}
	known := make(map[string]bool, len(found))
	for _, h := range found {
		known[h.ID] = true
	}
	for _, id := range ids {
		if !known[id] {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}
