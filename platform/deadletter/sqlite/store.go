// Package sqlite keeps a service's dead letters in its SQLite store.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/sqlite"
)

// Schema belongs into the schema of every store with dead letters.
const Schema = `
CREATE TABLE IF NOT EXISTS dead_letters (
	id        TEXT PRIMARY KEY,
	service   TEXT NOT NULL,
	topic     TEXT NOT NULL,
	type      TEXT NOT NULL,
	subject   TEXT NOT NULL,
	payload   BLOB,            -- null where it is empty
	failures  TEXT NOT NULL,   -- JSON, oldest first
	parked_at INTEGER NOT NULL -- unix microseconds
) WITHOUT ROWID;
`

const columns = "id, service, topic, type, subject, payload, failures, parked_at"

type store struct {
	db *sqlite.DB
}

// New returns the dead letters in db, whose schema must contain Schema.
func New(db *sqlite.DB) deadletter.Store { return store{db: db} }

func (s store) Park(ctx context.Context, l deadletter.Letter) error {
	failures, err := json.Marshal(l.Failures)
	if err != nil {
		return fmt.Errorf("park dead letter %s: %w", l.ID, err)
	}
	return s.write(ctx, "park", l.ID, func(tx *sqlite.Tx) error {
		_, err := tx.Exec("INSERT OR REPLACE INTO dead_letters ("+columns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			l.ID, l.Service, l.Topic, l.Type, l.Subject, []byte(l.Payload), string(failures), l.ParkedAt.UnixMicro())
		return err
	})
}

func (s store) Update(ctx context.Context, l deadletter.Letter) error {
	failures, err := json.Marshal(l.Failures)
	if err != nil {
		return fmt.Errorf("update dead letter %s: %w", l.ID, err)
	}
	return s.write(ctx, "update", l.ID, func(tx *sqlite.Tx) error {
		return found(tx.Exec("UPDATE dead_letters SET service = ?, topic = ?, type = ?, subject = ?, payload = ?, failures = ?,"+
			" parked_at = ? WHERE id = ?",
			l.Service, l.Topic, l.Type, l.Subject, []byte(l.Payload), string(failures), l.ParkedAt.UnixMicro(), l.ID))
	})
}

func (s store) Drop(ctx context.Context, id string) error {
	return s.write(ctx, "drop", id, func(tx *sqlite.Tx) error {
		return found(tx.Exec("DELETE FROM dead_letters WHERE id = ?", id))
	})
}

func (s store) write(ctx context.Context, action, id string, fn func(*sqlite.Tx) error) error {
	if err := s.db.Write(ctx, fn); err != nil {
		return fmt.Errorf("%s dead letter %s: %w", action, id, err)
	}
	return nil
}

func found(rows int64, err error) error {
	if err == nil && rows == 0 {
		return deadletter.NotFound()
	}
	return err
}

func (s store) Get(ctx context.Context, id string) (deadletter.Letter, error) {
	l, err := scan(s.db.Read().QueryRowContext(ctx, "SELECT "+columns+" FROM dead_letters WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return deadletter.Letter{}, deadletter.NotFound()
	}
	return l, err
}

func (s store) List(ctx context.Context, after string, limit int) ([]deadletter.Letter, error) {
	rows, err := s.db.Read().QueryContext(ctx, "SELECT "+columns+" FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	defer rows.Close()
	var letters []deadletter.Letter
	for rows.Next() {
		l, err := scan(rows)
		if err != nil {
			return nil, err
		}
		letters = append(letters, l)
	}
	return letters, rows.Err()
}

func (s store) Count(ctx context.Context) (int, error) {
	var n int
	if err := s.db.Read().QueryRowContext(ctx, "SELECT count(*) FROM dead_letters").Scan(&n); err != nil {
		return 0, fmt.Errorf("count dead letters: %w", err)
	}
	return n, nil
}

// scan reads the columns from a row, *sql.Row or *sql.Rows.
func scan(row interface{ Scan(...any) error }) (deadletter.Letter, error) {
	var (
		l        deadletter.Letter
		payload  []byte
		failures string
		parked   int64
	)
	if err := row.Scan(&l.ID, &l.Service, &l.Topic, &l.Type, &l.Subject, &payload, &failures, &parked); err != nil {
		return deadletter.Letter{}, fmt.Errorf("read dead letter: %w", err)
	}
	if err := json.Unmarshal([]byte(failures), &l.Failures); err != nil {
		return deadletter.Letter{}, fmt.Errorf("read failures of dead letter %s: %w", l.ID, err)
	}
	l.Payload, l.ParkedAt = payload, time.UnixMicro(parked).UTC()
	return l, nil
}
