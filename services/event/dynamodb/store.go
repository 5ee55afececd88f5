package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/deadletter"
	letters "github.com/myevents/myevents/platform/deadletter/dynamodb"
	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/dynamodb"
	"github.com/myevents/myevents/services/event"
)

const seatsAtOnce = 16

// Options say which tables to open. URL is needed.
type Options struct {
	URL       string                       // see platform/dynamodb
	WriteHook func(statement string) error // see platform/dynamodb
}

// Store is an event.Store. Several processes may have one each.
type Store struct {
	db     *dynamodb.DB
	table  dynamodb.Table
	outbox *log.Log
}

var _ event.Store = (*Store)(nil)

// Open opens the tables, makes those that are missing, and finishes what a crash has left half-done; ctx bounds the opening
// only.
func Open(ctx context.Context, o Options) (*Store, error) {
	db, err := dynamodb.Open(ctx, dynamodb.Options{URL: o.URL, Service: "event", WriteHook: o.WriteHook})
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, table: db.Table("")}
	if err := db.EnsureTables(ctx, s.table, db.Table("outbox")); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.outbox = log.NewLog(db, db.Table("outbox"))
	if err := s.resume(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("finish large changes: %w", err), db.Close())
	}
	return s, nil
}

// Close gives the connections back. It is idempotent.
func (s *Store) Close() error { return s.db.Close() }

// Outbox returns the log of the messages that were committed.
func (s *Store) Outbox() outbox.Log { return s.outbox }

// DeadLetters returns the store of the messages that could not be processed.
func (s *Store) DeadLetters() deadletter.Store { return letters.New(s.db, s.table) }

// Check reports the state of the requests for the health page.
func (s *Store) Check(ctx context.Context) (map[string]any, error) {
	return s.db.Stats(), s.db.Ping(ctx, s.table)
}

// Metrics returns how requests fare.
func (s *Store) Metrics() []prometheus.Collector { return s.db.Metrics() }

// SaveSeats writes the seats that are newer, each by itself.
func (s *Store) SaveSeats(ctx context.Context, seats []event.Seats) (unknown []string, err error) {
	known := make([]bool, len(seats))
	errs := make([]error, len(seats))
	slots := make(chan struct{}, seatsAtOnce)
	var writes sync.WaitGroup
	for i, seat := range seats {
		slots <- struct{}{}
		writes.Go(func() {
			defer func() { <-slots }()
			known[i], errs[i] = s.saveSeats(ctx, seat)
		})
	}
	writes.Wait()
	for i, seat := range seats {
		if !known[i] && errs[i] == nil {
			unknown = append(unknown, seat.EventID)
		}
	}
	return unknown, errors.Join(errs...)
}

func (s *Store) saveSeats(ctx context.Context, seat event.Seats) (known bool, err error) {
	err = s.db.Write(ctx, s.table.Update(eventKey(seat.EventID), "SET seats_taken = :taken, inventory_version = :version",
		dynamodb.Values{"taken": seat.Taken, "version": seat.Version},
		dynamodb.Condition{Expression: "attribute_exists(pk) AND inventory_version < :version"}))
	refused, is := errors.AsType[*dynamodb.Refused](err)
	switch {
	case is:
		var found dynamodb.Key
		_, err := refused.By(0, &found)
		return found != dynamodb.Key{}, err
	case err != nil:
		return false, fmt.Errorf("save seats of event %s: %w", seat.EventID, err)
	}
	return true, nil
}
