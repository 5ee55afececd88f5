// Package sqlite keeps users, sessions and keys in an SQLite file, together with the service's outbox.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/fault"
	outbox "github.com/myevents/myevents/platform/outbox/sqlite"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/identity"
)

// Schema is the schema of the file. Times are unix microseconds; 0 stands for none.
const Schema = outbox.Schema + `
CREATE TABLE IF NOT EXISTS users (
	id            TEXT PRIMARY KEY,
	email         TEXT NOT NULL UNIQUE,
	first_name    TEXT NOT NULL,
	last_name     TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	roles         TEXT NOT NULL, -- separated by commas
	operator      INTEGER NOT NULL,
	created_at    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS operators ON users (id) WHERE operator;
CREATE TABLE IF NOT EXISTS sessions (
	id            TEXT PRIMARY KEY,
	user_id       TEXT NOT NULL REFERENCES users (id),
	created_at    INTEGER NOT NULL,
	token_expires INTEGER NOT NULL,
	revoked_at    INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_of_user ON sessions (user_id);
CREATE INDEX IF NOT EXISTS sessions_by_age ON sessions (token_expires);
CREATE INDEX IF NOT EXISTS sessions_revoked ON sessions (token_expires) WHERE revoked_at > 0;
CREATE TABLE IF NOT EXISTS keys (
	sequence    INTEGER PRIMARY KEY,
	id          TEXT NOT NULL,
	private     BLOB NOT NULL,
	active_from INTEGER NOT NULL
);
`

// Store implements identity.Store.
type Store struct {
	db  *sqlite.DB
	log *outbox.Log
}

var _ identity.Store = (*Store)(nil)

// New returns the store in db, which was opened with Schema.
func New(db *sqlite.DB) *Store { return &Store{db: db, log: outbox.NewLog(db)} }

// Outbox returns the log of the messages that were committed.
func (s *Store) Outbox() *outbox.Log { return s.log }

// row is what both *sql.Row and *sql.Rows are.
type row interface{ Scan(into ...any) error }

// missing turns "no such row" into fault.Missing.
func missing(thing string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.Missing(thing)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", thing, err)
	}
	return nil
}

// changed makes sure that a statement met the one row it is about.
func changed(rows int64, err error) error {
	if err == nil && rows != 1 {
		return fmt.Errorf("%d rows changed instead of one", rows)
	}
	return err
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(t int64) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMicro(t).UTC()
}

// Keys implements identity.Store.
func (s *Store) Keys(ctx context.Context) ([]identity.SigningKey, error) {
	rows, err := s.db.Read().QueryContext(ctx, "SELECT sequence, id, private, active_from FROM keys ORDER BY sequence")
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	var keys []identity.SigningKey
	for rows.Next() {
		var k identity.SigningKey
		var private []byte
		var active int64
		if err := rows.Scan(&k.Sequence, &k.ID, &private, &active); err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		k.Private, k.ActiveFrom = private, fromMicros(active)
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// AddKey implements identity.Store.
func (s *Store) AddKey(ctx context.Context, k identity.SigningKey) error {
	return s.db.Write(ctx, func(tx *sqlite.Tx) error {
		rows, err := tx.Exec("INSERT INTO keys (sequence, id, private, active_from) VALUES (?, ?, ?, ?) ON CONFLICT (sequence) DO NOTHING",
			k.Sequence, k.ID, []byte(k.Private), micros(k.ActiveFrom))
		if err == nil && rows == 0 {
			return identity.ErrKeyExists
		}
		return err
	})
}

// Forget implements identity.Store.
func (s *Store) Forget(ctx context.Context, sequence int64, before time.Time) error {
	return s.db.Write(ctx, func(tx *sqlite.Tx) error {
		if _, err := tx.Exec("DELETE FROM keys WHERE sequence < ?", sequence); err != nil {
			return fmt.Errorf("delete keys: %w", err)
		}
		if _, err := tx.Exec("DELETE FROM sessions WHERE token_expires < ?", micros(before)); err != nil {
			return fmt.Errorf("delete sessions: %w", err)
		}
		return nil
	})
}
