// Package sqlite keeps bookings in an SQLite file.
//
// One goroutine, the database's writer, owns the inventories, which are kept in memory: it decides an order without a
// query, writes one row for it, and at the end of the group's transaction one row for each inventory that has changed and
// one for all messages. Where the transaction fails, the inventories are loaded again.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/deadletter"
	letters "github.com/myevents/myevents/platform/deadletter/sqlite"
	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/sqlite"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/booking"
)

// Options say which file to open.
type Options struct {
	Path      string
	WriteHook func(statement string) error // see sqlite.Options
}

// Store is a booking.Store.
type Store struct {
	db     *sqlite.DB
	outbox *log.Log
	memory memory // the writer's own
	byID   *sql.Stmt
	list   *sql.Stmt
}

var _ booking.Store = (*Store)(nil)

// Open opens or creates the store; ctx bounds the opening only.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{}
	db, err := sqlite.Open(ctx, sqlite.Options{
		Path: o.Path, Service: "booking", Schema: schema + log.Schema + letters.Schema, WriteHook: o.WriteHook,
		BeforeCommit: s.flush,
		AfterBatch: func(committed bool) error {
			if committed {
				s.memory.committed()
				return nil
			}
			return s.load(context.Background())
		},
	})
	if err != nil {
		return nil, err
	}
	s.db, s.outbox = db, log.NewLog(db)
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) (err error) {
	if s.byID, err = s.db.Read().PrepareContext(ctx, bookingByID); err != nil {
		return err
	}
	if s.list, err = s.db.Read().PrepareContext(ctx, bookingsOfUser); err != nil {
		return err
	}
	return s.db.Write(ctx, func(*sqlite.Tx) error { return s.load(ctx) }) // on the goroutine that owns the memory
}

// Close commits what is queued and gives the file back.
func (s *Store) Close() error { return s.db.Close() }

// Outbox returns the log of the store's messages.
func (s *Store) Outbox() outbox.Log { return s.outbox }

// DeadLetters returns the service's dead letters, which share the file.
func (s *Store) DeadLetters() deadletter.Store { return letters.New(s.db) }

// Stats describes the connections for the health page.
func (s *Store) Stats() map[string]any { return s.db.Stats() }

// Metrics returns those of the file's writer.
func (s *Store) Metrics() []prometheus.Collector { return s.db.Metrics() }

// Ping fails where the store does not work.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx) }

// Recover has nothing to do: a transaction is there or not.
func (s *Store) Recover(context.Context) error { return nil }

// Place decides the order against the inventory in memory and inserts the booking, whose idempotency key the table keeps
// unique.
func (s *Store) Place(ctx context.Context, o booking.Order) (b booking.Booking, placed bool, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) (err error) {
		b, placed, err = s.place(tx, o)
		return err
	})
	return b, placed, err
}

func (s *Store) place(tx *sqlite.Tx, o booking.Order) (booking.Booking, bool, error) {
	inventory := s.memory.inventory(o.EventID)
	if !inventory.Known() {
		return repeat(tx, o, booking.EventNotFound())
	}
	b, after := booking.Decide(inventory, o)
	entry, err := message(b, after, o.Trace) // before the insert: a function that fails should not have written
	if err != nil {
		return booking.Booking{}, false, err
	}
	rows, err := tx.Exec(insertBooking, b.ID, b.Version, b.UserID, o.Key, b.EventID, b.EventName, micro(b.StartsAt), b.Seats, b.Status,
		b.Reason, b.Total.Amount, b.Total.Currency, micro(b.CreatedAt))
	if err != nil {
		return booking.Booking{}, false, fmt.Errorf("insert booking: %w", err)
	}
	if rows == 0 {
		return repeat(tx, o, errors.New("a booking that conflicts is not there"))
	}
	s.memory.set(after, after.Version != inventory.Version)
	s.memory.tell(entry)
	return b, true, nil
}

// repeat returns the booking made under the order's key before, or none where there is none.
func repeat(tx *sqlite.Tx, o booking.Order, none error) (booking.Booking, bool, error) {
	b, err := scan(tx.QueryRow(bookingByKey, o.UserID, o.Key))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return booking.Booking{}, false, none
	case err != nil:
		return booking.Booking{}, false, fmt.Errorf("read booking by key: %w", err)
	}
	return b, false, b.Answers(o)
}

// Cancel gives the seats back in the same transaction that marks the booking.
func (s *Store) Cancel(ctx context.Context, c booking.Cancellation) (b booking.Booking, cancelled bool, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) (err error) {
		b, cancelled, err = s.cancel(tx, c)
		return err
	})
	return b, cancelled, err
}

func (s *Store) cancel(tx *sqlite.Tx, c booking.Cancellation) (booking.Booking, bool, error) {
	before, err := scan(tx.QueryRow(bookingByID, c.UserID, c.BookingID))
	if err != nil {
		return booking.Booking{}, false, notFound(err)
	}
	b, after, err := before.Cancel(s.memory.inventory(before.EventID), c.At)
	if err != nil || b == before {
		return b, false, err
	}
	entry, err := message(b, after, c.Trace)
	if err != nil {
		return booking.Booking{}, false, err
	}
	if _, err := tx.Exec(cancelBooking, b.Version, b.Status, micro(b.CancelledAt), b.UserID, b.ID); err != nil {
		return booking.Booking{}, false, fmt.Errorf("cancel booking: %w", err)
	}
	s.memory.set(after, true)
	s.memory.tell(entry)
	return b, true, nil
}

// Booking returns the user's booking.
func (s *Store) Booking(ctx context.Context, userID, bookingID string) (booking.Booking, error) {
	b, err := scan(s.byID.QueryRowContext(ctx, userID, bookingID))
	return b, notFound(err)
}

// behindAll is greater than every id, so that the first page is found by the index as the others are.
const behindAll = "\U0010ffff"

// Bookings returns a page of the user's bookings, newest first.
func (s *Store) Bookings(ctx context.Context, userID, before string, limit int) ([]booking.Booking, error) {
	if before == "" {
		before = behindAll
	}
	rows, err := s.list.QueryContext(ctx, userID, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	defer rows.Close()
	var page []booking.Booking
	for rows.Next() {
		b, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list bookings: %w", err)
		}
		page = append(page, b)
	}
	return page, rows.Err()
}

// Audit reads the whole table of bookings: one statement, so one state of the store.
func (s *Store) Audit(ctx context.Context) (mismatches map[string]int, err error) {
	rows, err := s.db.Read().QueryContext(ctx, audit)
	if err != nil {
		return nil, fmt.Errorf("audit inventories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var eventID string
		var seats int
		if err := rows.Scan(&eventID, &seats); err != nil {
			return nil, fmt.Errorf("audit inventories: %w", err)
		}
		if mismatches == nil {
			mismatches = map[string]int{}
		}
		mismatches[eventID] = seats
	}
	return mismatches, rows.Err()
}

func scan(row interface{ Scan(dest ...any) error }) (booking.Booking, error) {
	var b booking.Booking
	var starts, created, cancelled int64
	err := row.Scan(&b.ID, &b.Version, &b.UserID, &b.EventID, &b.EventName, &starts, &b.Seats, &b.Status, &b.Reason,
		&b.Total.Amount, &b.Total.Currency, &created, &cancelled)
	b.StartsAt, b.CreatedAt = instant(starts), instant(created)
	if cancelled != 0 {
		b.CancelledAt = instant(cancelled)
	}
	return b, err
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return booking.NotFound()
	}
	if err != nil {
		return fmt.Errorf("read booking: %w", err)
	}
	return nil
}

// Times are stored as unix microseconds.
func micro(t time.Time) int64 { return t.UnixMicro() }

func instant(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
