// Package sqlite keeps a service's outbox in its SQLite store.
package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/sqlite"
)

// Schema belongs into the schema of every store with an outbox.
//
// A row holds all messages that one Append wrote for a topic: a line of attributes and a line with the document for each,
// so that the relay reads them without decoding JSON.
const Schema = `
CREATE TABLE IF NOT EXISTS outbox (
	seq      INTEGER PRIMARY KEY,
	topic    TEXT NOT NULL,
	messages INTEGER NOT NULL,
	time     INTEGER NOT NULL, -- of the first message, unix microseconds
	payload  BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS outbox_cursor (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	seq INTEGER NOT NULL
);
`

// A position is the row's sequence number and the message's index in it.
const indexBits = 16

const attributes = 5 // in the line in front of each document: id, type, subject, time, traceparent

// Append adds the events to the outbox as part of the transaction. It refuses a document larger than brokers take.
func Append(tx *sqlite.Tx, topic string, events ...cloudevent.Event) error {
	entries := make([]outbox.Entry, len(events))
	for i, e := range events {
		entry, err := outbox.NewEntry(topic, e)
		if err != nil {
			return err
		}
		entries[i] = entry
	}
	return AppendEntries(tx, topic, entries...)
}

// AppendEntries adds encoded events, in one row, to the outbox as part of the transaction.
func AppendEntries(tx *sqlite.Tx, topic string, entries ...outbox.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	if len(entries) > 1<<indexBits {
		return fmt.Errorf("append %d messages at once: the limit is %d", len(entries), 1<<indexBits)
	}
	_, err := tx.Exec("INSERT INTO outbox (topic, messages, time, payload) VALUES (?, ?, ?, ?)",
		topic, len(entries), entries[0].Time.UnixMicro(), pack(entries))
	if err != nil {
		return fmt.Errorf("append to outbox: %w", err)
	}
	return nil
}

func pack(entries []outbox.Entry) []byte {
	size := 0
	for _, e := range entries {
		size += len(e.Payload) + len(e.ID) + len(e.Type) + len(e.Subject) + len(e.Trace) + 32
	}
	packed := make([]byte, 0, size)
	for _, e := range entries {
		for _, s := range []string{e.ID, e.Type, e.Subject} {
			packed = append(append(packed, s...), '\t')
		}
		packed = append(strconv.AppendInt(packed, e.Time.UnixMicro(), 10), '\t')
		packed = append(append(packed, e.Trace...), '\n')
		packed = append(append(packed, e.Payload...), '\n')
	}
	return packed
}

// row is one row of the table.
type row struct {
	seq     int64
	topic   string
	payload []byte
}

// unpack returns the row's entries behind the position after.
func (r row) unpack(after int64) ([]outbox.Entry, error) {
	var entries []outbox.Entry
	for i, rest := int64(0), r.payload; len(rest) > 0; i++ {
		head, body, _ := bytes.Cut(rest, []byte{'\n'})
		document, next, found := bytes.Cut(body, []byte{'\n'})
		fields := bytes.Split(head, []byte{'\t'})
		if !found || len(fields) != attributes {
			return nil, fmt.Errorf("outbox row %d: message %d is damaged", r.seq, i)
		}
		at, err := strconv.ParseInt(string(fields[3]), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("outbox row %d: time of message %d: %w", r.seq, i, err)
		}
		if seq := r.seq<<indexBits | i; seq > after {
			entries = append(entries, outbox.Entry{
				Seq: seq, Topic: r.topic, Payload: document, ID: string(fields[0]), Type: string(fields[1]),
				Subject: string(fields[2]), Time: time.UnixMicro(at).UTC(), Trace: string(fields[4]),
			})
		}
		rest = next
	}
	return entries, nil
}

// Log is the outbox of one store.
type Log struct {
	db *sqlite.DB

	mu   sync.Mutex
	read *sql.Stmt // prepared once: the relay asks hundreds of times a second; it is closed with the database
}

var _ outbox.Log = (*Log)(nil)

// NewLog returns the outbox in db, whose schema includes Schema.
func NewLog(db *sqlite.DB) *Log { return &Log{db: db} }

func (l *Log) reading(ctx context.Context) (*sql.Stmt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.read != nil {
		return l.read, nil
	}
	var err error
	l.read, err = l.db.Read().PrepareContext(ctx, "SELECT seq, topic, payload"+behind+"ORDER BY seq LIMIT ?3")
	return l.read, err
}

// behind selects the rows with messages behind a position (row, index).
const behind = " FROM outbox WHERE seq >= ?1 AND (seq > ?1 OR messages > ?2 + 1) "

func split(after int64) (seq, index int64) {
	return after >> indexBits, after & (1<<indexBits - 1)
}

// Read returns at most limit entries behind the position after, in order.
func (l *Log) Read(ctx context.Context, after int64, limit int) ([]outbox.Entry, error) {
	statement, err := l.reading(ctx) //nolint:sqlclosecheck // kept for the next read
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	seq, index := split(after)
	rows, err := statement.QueryContext(ctx, seq, index, limit)
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	defer rows.Close()
	var entries []outbox.Entry
	for len(entries) < limit && rows.Next() {
		var r row
		if err := rows.Scan(&r.seq, &r.topic, &r.payload); err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		more, err := r.unpack(after)
		if err != nil {
			return nil, err
		}
		entries = append(entries, more[:min(len(more), limit-len(entries))]...)
	}
	return entries, rows.Err()
}

// Pending returns how many entries lie behind the position after, and the time of the oldest row of them.
func (l *Log) Pending(ctx context.Context, after int64) (int, time.Time, error) {
	seq, index := split(after)
	var messages, oldest int64
	err := l.db.Read().QueryRowContext(ctx,
		"SELECT ifnull(sum(messages - iif(seq = ?1, ?2 + 1, 0)), 0), ifnull(min(time), 0)"+behind, seq, index,
	).Scan(&messages, &oldest)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count outbox: %w", err)
	}
	return int(messages), time.UnixMicro(oldest).UTC(), nil
}

// Cursor returns the saved position; 0 where there is none.
func (l *Log) Cursor(ctx context.Context) (int64, error) {
	var seq int64
	err := l.db.Read().QueryRowContext(ctx, "SELECT seq FROM outbox_cursor").Scan(&seq)
	if err == sql.ErrNoRows {
		return 0, nil
	}
	return seq, err
}

// SaveCursor saves the position.
func (l *Log) SaveCursor(ctx context.Context, seq int64) error {
	return l.db.Write(ctx, func(tx *sqlite.Tx) error {
		_, err := tx.Exec("INSERT INTO outbox_cursor (one, seq) VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET seq = ?1", seq)
		return err
	})
}
