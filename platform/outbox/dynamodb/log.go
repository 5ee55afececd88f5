// Package dynamodb keeps a service's outbox in a DynamoDB table of its own.
//
// DynamoDB has no sequence, and one that every transaction counted up would let them through one by one. So a transaction
// leaves its messages as a row anywhere in the table, and says which rows must come before it: those of the changes that its
// own change builds on. Whoever reads to the end of the log moves the rows that lie there into it, in blocks that are
// numbered without a gap.
//
// Any number of processes may do so at the same time, and none needs to know of the others. Block n+1 is put on the
// condition that there is none, so that one of them does it. Before, it removes the rows that block n has taken, and only
// then looks for rows: what it finds is in no block. Who is killed in between leaves rows that the next one removes.
package dynamodb

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/ids"
	"github.com/myevents/myevents/platform/outbox"
)

// MaxRow is the size of the documents, in bytes, that fit into a row; MaxMessages is how many.
const (
	MaxRow      = 200 << 10
	MaxMessages = 500
)

// shards are the partitions that rows are strewn over: one takes about 500 KB of transactions a second.
const shards = 4

// A position is the block's number and the message's index in it.
const indexBits = 16

// Log is the outbox of one store.
type Log struct {
	db       *dynamodb.DB
	table    dynamodb.Table
	lease    *outbox.Lease
	appended chan struct{} // holds one value at most

	// What follows is only there to ask less: blocks never change, and others may have put more of them.
	tail    atomic.Pointer[tail]
	told    atomic.Bool   // this process has added rows since it last looked for some
	looking chan struct{} // holds a value while somebody in this process looks, who alone touches looked
	looked  time.Time
}

var (
	_ outbox.Log    = (*Log)(nil)
	_ outbox.Shared = (*Log)(nil)
)

// NewLog returns the outbox in the table, which holds nothing else.
func NewLog(db *dynamodb.DB, table dynamodb.Table) *Log {
	l := &Log{db: db, table: table, appended: make(chan struct{}, 1), looking: make(chan struct{}, 1)}
	l.lease = outbox.NewLease(holders{l})
	l.tail.Store(&tail{})
	return l
}

// Row is the name of the messages of one transaction. Names sort, by and large, by the time they were made.
type Row string

// row is the messages of one transaction, until they are moved into a block.
type row struct {
	dynamodb.Key
	Behind []Row `dynamodbav:"behind,omitempty"` // rows that come before it, unless they are in the log
	Run    run   `dynamodbav:"run"`
}

// run is messages of one topic.
type run struct {
	Topic     string    `dynamodbav:"topic"`
	At        time.Time `dynamodbav:"at"`        // of the first message
	Messages  int       `dynamodbav:"messages"`  // how many
	Documents []byte    `dynamodbav:"documents"` // each on a line
}

// NewRow returns a name for a row. A row that is written twice must not be in the log by then.
func NewRow() Row { return Row(ids.New()) }

// Append returns the write that adds the messages, which are all of one topic and fit into a row, as part of a transaction.
// The row comes behind the rows behind, which were committed before; empty names are none.
func (l *Log) Append(name Row, behind []Row, entries []outbox.Entry) dynamodb.Write {
	r := row{Key: name.key(), Run: run{Topic: entries[0].Topic, At: entries[0].Time, Messages: len(entries)}}
	for _, b := range behind {
		if b != "" {
			r.Behind = append(r.Behind, b)
		}
	}
	for _, e := range entries {
		r.Run.Documents = append(append(r.Run.Documents, e.Payload...), '\n')
	}
	return l.table.Put(r, dynamodb.Absent())
}

// Committed says that there are new rows, so that they are read at once.
func (l *Log) Committed() {
	l.told.Store(true)
	select {
	case l.appended <- struct{}{}:
	default: // it has been told
	}
}

// Appended implements outbox.Shared.
func (l *Log) Appended() <-chan struct{} { return l.appended }

func (r Row) key() dynamodb.Key {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r))
	return dynamodb.Key{Partition: shard(int(h.Sum32() % shards)), Sort: string(r)}
}

func shard(i int) string { return "rows." + strconv.Itoa(i) }

// entries returns the run's messages, the first of which has the position.
func (r run) entries(position int64) ([]outbox.Entry, error) {
	var all []outbox.Entry
	for document := range bytes.Lines(r.Documents) {
		document = bytes.TrimSuffix(document, []byte{'\n'})
		e, err := cloudevent.Decode(document)
		if err != nil {
			return nil, fmt.Errorf("outbox position %d: %w", position, err)
		}
		entry := outbox.NewEntry(r.Topic, e, document)
		entry.Seq = position
		all = append(all, entry)
		position++
	}
	return all, nil
}

// Read returns at most limit entries behind the position after, in order. At the end of the log it moves rows into it.
func (l *Log) Read(ctx context.Context, after int64, limit int) ([]outbox.Entry, error) {
	var entries []outbox.Entry
	for next := max(1, l.behind(after)); len(entries) < limit; {
		last := l.tail.Load().number
		if next > last {
			if grown, err := l.look(ctx); err != nil || !grown {
				return entries, err
			}
			continue
		}
		blocks, err := l.blocks(ctx, next, min(last, next+blocksAtOnce-1))
		if err != nil {
			return nil, fmt.Errorf("read outbox: %w", err)
		}
		for _, b := range blocks {
			found, err := b.entries()
			if err != nil {
				return nil, err
			}
			for _, e := range found {
				if e.Seq > after && len(entries) < limit {
					entries = append(entries, e)
				}
			}
			next = b.Number + 1
		}
	}
	return entries, nil
}

// behind returns the number of the first block that has entries behind the position.
func (l *Log) behind(position int64) int64 {
	if t := l.tail.Load(); position>>indexBits == t.number && position == t.position() {
		return t.number + 1
	}
	return position >> indexBits
}

// Pending returns how many entries lie behind the position after, and the time of the oldest of them. It moves all rows
// into the log, so that counting costs the same however many there are.
func (l *Log) Pending(ctx context.Context, after int64) (int, time.Time, error) {
	for {
		if grown, err := l.look(ctx); err != nil {
			return 0, time.Time{}, fmt.Errorf("count outbox: %w", err)
		} else if !grown {
			break
		}
	}
	total := l.tail.Load().total
	first, err := l.Read(ctx, after, 1)
	if err != nil || len(first) == 0 {
		return 0, time.Time{}, err
	}
	read, err := l.countTo(ctx, after)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count outbox: %w", err)
	}
	return max(1, total-read), first[0].Time, nil
}

// countTo returns how many entries there are up to the position.
func (l *Log) countTo(ctx context.Context, position int64) (int, error) {
	if position == 0 {
		return 0, nil
	}
	var b block
	if _, err := l.table.Get(ctx, blockKey(position>>indexBits), &b); err != nil {
		return 0, err
	}
	return b.Before + int(position&(1<<indexBits-1)) + 1, nil
}
