// Package mongodb keeps a service's outbox in its MongoDB database, without transactions over several documents.
//
// A service writes its messages where the state is that they tell of: into the aggregate's own document, in the same
// update. From there the Log moves them, in the order in which they were told:
//
//	update of the aggregate ──▶ settle ──▶ insert into "outbox" ──▶ take out of the aggregate
//	(state and messages, atomic)  │          │                        │
//	                              │          │                        └ crash before: moved again, and found to be there
//	                              │          └ crash before: moved again
//	                              └ finishes in other documents what the update decided; can be repeated
//
// Every step can be repeated and every process may do it, several at once too: the log takes a message's id once, and a
// position once. A position is the one behind the highest there is, so positions become visible in order and without
// gaps, and a reader who has seen one has seen all before it. Two processes that want the same position collide on the
// unique key; the one who loses looks again.
//
// A service uses it so:
//
//	log := outbox.NewLog(db, outbox.Source{Collection: "things", Settle: s.settle})
//	db.EnsureIndexes(ctx, log.Indexes())
//	...
//	set, push := bson.M{"name": "new", "revision": r + 1}, bson.M{}
//	outbox.Tell(set, push, r+1, messages)
//	matched, err := things.Update(ctx, bson.M{"_id": id, "revision": r}, bson.M{"$set": set, "$push": push})
//	log.Told("things", id) // an instance that dies before only makes them wait a second
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/mongodb"
	"github.com/myevents/myevents/platform/outbox"
)

// Source is a collection of aggregates whose documents carry an Unsent.
type Source struct {
	Collection string
	// Settle, if set, finishes what the updates that told the messages have left to be done in other documents. It is called
	// before the messages are in the log, may be called several times and at once, and must bear that.
	Settle func(ctx context.Context, messages []Message) error
}

// entry is a message in the log. Its id is its position, as text of one length: text is what stores of all kinds look up
// by an index.
type entry struct {
	Position string `bson:"_id"`
	ID       string `bson:"id"`
	Topic    string `bson:"topic"`
	Time     int64  `bson:"time"` // unix microseconds
	Document []byte `bson:"document"`
}

func position(seq int64) string { return fmt.Sprintf("%019d", seq) }

// Log is the outbox of one database. Several processes may have one each.
type Log struct {
	entries *mongodb.Collection
	state   state
	mover   *mover
	lease   *outbox.Lease
}

var (
	_ outbox.Log    = (*Log)(nil)
	_ outbox.Shared = (*Log)(nil)
)

// NewLog returns the outbox in db, into which the sources' messages go.
func NewLog(db *mongodb.DB, sources ...Source) *Log {
	l := &Log{entries: db.Collection("outbox"), state: state{db.Collection("outbox_relay")}}
	l.mover = newMover(db, l.entries, sources)
	l.lease = outbox.NewLease(l.state)
	return l
}

// Indexes returns what the log needs in its own collection and in those of the sources.
func (l *Log) Indexes() mongodb.Indexes {
	indexes := mongodb.Indexes{"outbox": {mongodb.Unique("id")}}
	for _, s := range l.mover.sources {
		indexes[s.Collection] = append(indexes[s.Collection], mongodb.On(revisionsField))
	}
	return indexes
}

// Told says that documents of the source have new messages, so that they are moved at once.
func (l *Log) Told(collection string, ids ...string) { l.mover.told(collection, ids) }

// Appended implements outbox.Shared.
func (l *Log) Appended() <-chan struct{} { return l.mover.waiting }

// Append adds messages to the log; those that are in it already stay where they are. It is for services whose messages are
// not in an aggregate's document, and which can append them again after a crash: see Finish.
func (l *Log) Append(ctx context.Context, messages []Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := l.mover.begin(ctx); err != nil {
		return err
	}
	defer l.mover.end()
	if err := l.mover.append(ctx, slices.Clone(messages)); err != nil {
		return fmt.Errorf("append to outbox: %w", err)
	}
	l.mover.told("", nil) // wakes the relay
	return nil
}

// Append adds messages to the log, as Log.Append does.
type Append func(ctx context.Context, messages []Message) error

// Finish finishes what other processes have left, and appends its messages by add.
type Finish func(ctx context.Context, add Append) error

// OnMove has finish called whenever all messages there are get moved: by Move, and else once a second. It is set once,
// before the log is used.
func (l *Log) OnMove(finish Finish) { l.mover.finish = finish }

// Move moves all messages there are into the log. It is a service's recovery after a crash.
func (l *Log) Move(ctx context.Context) error { return l.mover.move(ctx, true) }

// Read moves what was told into the log and returns at most limit entries behind the position after, in order.
func (l *Log) Read(ctx context.Context, after int64, limit int) ([]outbox.Entry, error) {
	if err := l.mover.move(ctx, false); err != nil {
		return nil, err
	}
	var found []entry
	// Positions have no gaps, so the upper bound leaves nothing out; it spares a plain store to sort the rest of the log.
	between := bson.M{"_id": bson.M{"$gt": position(after), "$lte": position(after + int64(limit))}}
	if err := l.entries.Find(ctx, between, &found, options.Find().SetSort(bson.M{"_id": 1})); err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	entries := make([]outbox.Entry, len(found))
	for i, e := range found {
		event, err := cloudevent.Decode(e.Document)
		if err != nil {
			return nil, fmt.Errorf("outbox entry %s: %w", e.Position, err)
		}
		entries[i] = outbox.NewEntry(e.Topic, event, e.Document)
		entries[i].Seq = after + 1 + int64(i)
	}
	return entries, nil
}

// Pending counts the messages in the log behind the position after, and those that are not in it yet.
func (l *Log) Pending(ctx context.Context, after int64) (n int, oldest time.Time, err error) {
	var first entry
	switch err := l.entries.FindOne(ctx, bson.M{"_id": position(after + 1)}, &first); {
	case errors.Is(err, mongodb.ErrNone):
	case err != nil:
		return 0, time.Time{}, fmt.Errorf("count outbox: %w", err)
	default:
		if n, err = l.entries.Count(ctx, bson.M{"_id": bson.M{"$gt": position(after)}}); err != nil {
			return 0, time.Time{}, fmt.Errorf("count outbox: %w", err)
		}
	}
	waiting, err := l.mover.find(ctx)
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count outbox: %w", err)
	}
	since := first.Time
	for _, message := range waiting.messages() {
		n++
		if since == 0 || message.Time < since {
			since = message.Time
		}
	}
	return n, time.UnixMicro(since).UTC(), nil
}
