package bleve

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/search"
)

// The index by user is in runs of 2,048 bookings, each of them ordered by user. In one order for all, the bookings of a
// batch, which are of as many users, would each change a page of their own: that costs several times the booking itself.
// In runs they change a few pages, and a search looks into each run once, which takes milliseconds for a million bookings.
const bookingsSchema = `
CREATE TABLE IF NOT EXISTS bookings (
	seq      INTEGER PRIMARY KEY, -- counts from 1 without a gap: bookings are only ever removed all together
	id       TEXT NOT NULL UNIQUE,
	version  INTEGER NOT NULL,
	user_id  TEXT NOT NULL,
	document BLOB NOT NULL -- JSON
);
CREATE INDEX IF NOT EXISTS bookings_by_user ON bookings (seq >> 11, user_id);`

const (
	putBooking = `INSERT INTO bookings (id, version, user_id, document) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET version = excluded.version, user_id = excluded.user_id, document = excluded.document
		WHERE excluded.version >= version`

	bookingsOfUser = `WITH RECURSIVE
		last (run) AS (SELECT max(seq) >> 11 FROM bookings),
		runs (run) AS (SELECT 0 UNION ALL SELECT runs.run + 1 FROM runs, last WHERE runs.run < last.run)
		SELECT document FROM runs CROSS JOIN bookings WHERE seq >> 11 = run AND user_id = ?`
)

// bookings keeps the bookings in an SQLite file. Nothing in it is prepared for a search: what a user has is little, and is
// looked through when they search, while what is sold is much, and most of it is never searched.
type bookings struct {
	db *sqlite.DB
}

func openBookings(ctx context.Context, path string) (*bookings, error) {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path, Service: "search", Schema: bookingsSchema})
	if err != nil {
		return nil, err
	}
	return &bookings{db: db}, nil
}

// apply stores the bookings among the documents in one transaction.
func (b *bookings) apply(ctx context.Context, documents []search.Document) error {
	return b.db.Write(ctx, func(tx *sqlite.Tx) error {
		for _, d := range documents {
			if d.Kind != search.KindBooking {
				continue
			}
			if _, err := tx.Exec(putBooking, d.ID, d.Version, d.Booking.UserID, []byte(d.Data)); err != nil {
				return fmt.Errorf("store booking %s: %w", d.ID, err)
			}
		}
		return nil
	})
}

// each calls fn with all bookings of the user, in no order.
func (b *bookings) each(ctx context.Context, userID string, fn func(contracts.Booking)) error {
	rows, err := b.db.Read().QueryContext(ctx, bookingsOfUser, userID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var document sql.RawBytes
		if err := rows.Scan(&document); err != nil {
			return err
		}
		booking, err := contracts.DecodeBooking(document)
		if err != nil {
			return err
		}
		fn(booking)
	}
	return rows.Err()
}

// list returns up to limit entries whose ids follow after, in the order of ids.
func (b *bookings) list(ctx context.Context, after string, limit int) ([]search.Entry, error) {
	rows, err := b.db.Read().QueryContext(ctx, "SELECT id, version FROM bookings WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []search.Entry
	for rows.Next() {
		e := search.Entry{Kind: search.KindBooking}
		if err := rows.Scan(&e.ID, &e.Version); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

func (b *bookings) count(ctx context.Context) (n int64, err error) {
	err = b.db.Read().QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM bookings").Scan(&n)
	return n, err
}

func (b *bookings) clear(ctx context.Context) error {
	return b.db.Write(ctx, func(tx *sqlite.Tx) error {
		_, err := tx.Exec("DELETE FROM bookings")
		return err
	})
}
