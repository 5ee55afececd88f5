// Package sqlite keeps locations, events and the messages about them in an SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/deadletter"
	letters "github.com/myevents/myevents/platform/deadletter/sqlite"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/outbox"
	messages "github.com/myevents/myevents/platform/outbox/sqlite"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/event"
)

// One row of the outbox holds so many messages at most: the relay reads rows whole.
const messagesPerRow = 500

// Options say what to open. Path is needed.
type Options struct {
	Path      string
	WriteHook func(statement string) error // see platform/sqlite; tests crash the store with it
}

// Store is an open file. It belongs to one process at a time.
type Store struct {
	db       *sqlite.DB
	outbox   *messages.Log
	location *sql.Stmt
	event    *sql.Stmt
}

var _ event.Store = (*Store)(nil)

// Open opens or creates the file; ctx bounds the opening only.
func Open(ctx context.Context, o Options) (*Store, error) {
	db, err := sqlite.Open(ctx, sqlite.Options{
		Path: o.Path, Service: "event", Schema: schema + messages.Schema + letters.Schema, WriteHook: o.WriteHook,
	})
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, outbox: messages.NewLog(db)}
	if s.location, err = db.Read().PrepareContext(ctx, selectLocation+" WHERE id = ?"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if s.event, err = db.Read().PrepareContext(ctx, selectEvent+" WHERE id = ?"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Outbox returns the log of the messages that were committed.
func (s *Store) Outbox() outbox.Log { return s.outbox }

// DeadLetters returns the store of the messages that could not be processed.
func (s *Store) DeadLetters() deadletter.Store { return letters.New(s.db) }

// Check reports the state of the file for the health page.
func (s *Store) Check(ctx context.Context) (map[string]any, error) {
	return s.db.Stats(), s.db.Ping(ctx)
}

// Metrics returns those of the file's writer.
func (s *Store) Metrics() []prometheus.Collector { return s.db.Metrics() }

// Close commits what is queued and gives the file back. It is idempotent.
func (s *Store) Close() error { return s.db.Close() }

// Commit makes the change in one transaction.
func (s *Store) Commit(ctx context.Context, c event.Change) error {
	return s.db.Write(ctx, func(tx *sqlite.Tx) error {
		if c.At != nil {
			if err := expectOne(tx.Exec(touchLocation, c.At.ID, c.At.Version)); err != nil {
				return err
			}
		}
		if c.Location != nil {
			if err := putLocation(tx, *c.Location); err != nil {
				return err
			}
		}
		for _, e := range c.Events {
			if err := putEvent(tx, e); err != nil {
				return err
			}
		}
		return s.appendMessages(tx, c.Messages)
	})
}

// appendMessages writes one row of the outbox for every run of messages of one topic.
func (s *Store) appendMessages(tx *sqlite.Tx, all []event.Message) error {
	for len(all) > 0 {
		topic := all[0].Topic
		var events []cloudevent.Event
		for len(events) < messagesPerRow && len(all) > 0 && all[0].Topic == topic {
			events, all = append(events, all[0].Event), all[1:]
		}
		if err := s.outbox.Append(tx, topic, events...); err != nil {
			return err
		}
	}
	return nil
}

// expectOne returns ErrStale where a conditional statement did not find the row in the expected state.
func expectOne(rows int64, err error) error {
	if err == nil && rows == 0 {
		return event.ErrStale
	}
	return err
}

// SaveSeats updates, in one transaction, the events whose seats are older.
func (s *Store) SaveSeats(ctx context.Context, seats []event.Seats) (unknown []string, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		unknown = nil
		for _, seat := range seats {
			rows, err := tx.Exec(saveSeats, seat.EventID, seat.Version, seat.Taken)
			if err != nil {
				return fmt.Errorf("save seats of event %s: %w", seat.EventID, err)
			}
			if rows > 0 {
				continue
			}
			var known bool
			if err := tx.QueryRow("SELECT EXISTS (SELECT 1 FROM events WHERE id = ?)", seat.EventID).Scan(&known); err != nil {
				return fmt.Errorf("look for event %s: %w", seat.EventID, err)
			}
			if !known {
				unknown = append(unknown, seat.EventID)
			}
		}
		return nil
	})
	return unknown, err
}

// scanner is a row.
type scanner interface{ Scan(into ...any) error }

// one reads the thing a query returns, or returns a NotFound fault.
func one[T any](thing string, row scanner, scan func(scanner) (T, error)) (T, error) {
	found, err := scan(row)
	if errors.Is(err, sql.ErrNoRows) {
		return found, fault.Missing(thing)
	}
	if err != nil {
		return found, fmt.Errorf("read %s: %w", thing, err)
	}
	return found, nil
}

// list reads all rows a query returns.
func list[T any](ctx context.Context, s *Store, table, query string, args []any, scan func(scanner) (T, error)) (found []T, err error) {
	rows, err := s.db.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", table, err)
	}
	defer rows.Close()
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", table, err)
		}
		found = append(found, item)
	}
	return found, rows.Err()
}
