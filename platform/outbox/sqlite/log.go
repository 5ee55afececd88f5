// Package sqlite keeps a service's outbox in its SQLite store.
package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/sqlite"
)

// Schema belongs into the schema of every store with an outbox.
//
// A row holds the documents of all messages that one Append wrote for a topic, each on a line.
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

// Log is the outbox of one store. All that is appended to the store's outbox goes through one Log, which hands it over to
// the relay.
type Log struct {
	db   *sqlite.DB
	tail *tail
}

var (
	_ outbox.Log      = (*Log)(nil)
	_ outbox.Handover = (*Log)(nil)
)

// NewLog returns the outbox in db, whose schema includes Schema.
func NewLog(db *sqlite.DB) *Log { return &Log{db: db, tail: newTail()} }

// Newest implements outbox.Handover.
func (l *Log) Newest(after int64, limit int) ([]outbox.Entry, bool) {
	return l.tail.newest(after, limit)
}

// Appended implements outbox.Handover.
func (l *Log) Appended() <-chan struct{} { return l.tail.appended }

// Append adds the events to the outbox as part of the transaction. It refuses a document larger than brokers take.
func (l *Log) Append(tx *sqlite.Tx, topic string, events ...cloudevent.Event) error {
	entries := make([]outbox.Entry, len(events))
	for i, e := range events {
		document, err := e.Encode()
		if err != nil {
			return err
		}
		entries[i] = outbox.NewEntry(topic, e, document)
	}
	return l.AppendEntries(tx, topic, entries)
}

// AppendEntries adds encoded events, in one row, to the outbox as part of the transaction. It sets their positions, and
// keeps their payloads; the slice is the caller's again when the transaction has ended.
func (l *Log) AppendEntries(tx *sqlite.Tx, topic string, entries []outbox.Entry) error {
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
	row := tx.LastInsertID()
	for i := range entries {
		entries[i].Seq = row<<indexBits | int64(i)
	}
	tx.AfterCommit(func() { l.tail.add(entries) })
	return nil
}

// pack returns the documents, which encoding/json has written, and which therefore have no line feeds in them.
func pack(entries []outbox.Entry) []byte {
	packed := make([]byte, 0, size(entries)+len(entries))
	for _, e := range entries {
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
	i := int64(0)
	for document := range bytes.Lines(r.payload) {
		if position := r.seq<<indexBits | i; position > after {
			document = bytes.TrimSuffix(document, []byte{'\n'})
			e, err := cloudevent.Decode(document)
			if err != nil {
				return nil, fmt.Errorf("outbox row %d: message %d: %w", r.seq, i, err)
			}
			entry := outbox.NewEntry(r.topic, e, document)
			entry.Seq = position
			entries = append(entries, entry)
		}
		i++
	}
	return entries, nil
}

// behind selects the rows with messages behind a position (row, index).
const behind = " FROM outbox WHERE seq >= ?1 AND (seq > ?1 OR messages > ?2 + 1) "

func split(after int64) (seq, index int64) {
	return after >> indexBits, after & (1<<indexBits - 1)
}

// Read returns at most limit entries behind the position after, in order.
func (l *Log) Read(ctx context.Context, after int64, limit int) ([]outbox.Entry, error) {
	seq, index := split(after)
	rows, err := l.db.Read().QueryContext(ctx, "SELECT seq, topic, payload"+behind+"ORDER BY seq LIMIT ?3", seq, index, limit)
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
