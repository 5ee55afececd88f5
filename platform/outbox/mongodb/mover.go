package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/platform/mongodb"
)

// lookAround is how often the aggregates that other processes have updated are looked for, too: those processes move
// their messages themselves, unless they have died.
const lookAround = time.Second

// mover moves messages from their aggregates to the log. In one process one move runs at a time.
type mover struct {
	db      *mongodb.DB
	entries *mongodb.Collection
	sources []Source
	finish  Finish
	waiting chan struct{} // holds one value at most
	running chan struct{} // holds a value while a move runs

	// What follows belongs to the running move.
	next   int64 // the position behind the highest that was seen; 0 before the first look
	looked time.Time

	mu   sync.Mutex
	hint map[string][]string // ids of the documents with new messages, by collection
}

func newMover(db *mongodb.DB, entries *mongodb.Collection, sources []Source) *mover {
	return &mover{
		db: db, entries: entries, sources: sources, finish: func(context.Context, Append) error { return nil },
		waiting: make(chan struct{}, 1), running: make(chan struct{}, 1), hint: map[string][]string{},
	}
}

func (m *mover) told(collection string, ids []string) {
	m.mu.Lock()
	m.hint[collection] = append(m.hint[collection], ids...)
	m.mu.Unlock()
	select {
	case m.waiting <- struct{}{}:
	default:
	}
}

// move moves the messages that this process was told of, oldest first for each aggregate. With everywhere, and else once
// every lookAround, it moves all there are.
func (m *mover) move(ctx context.Context, everywhere bool) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.end()
	everywhere = everywhere || time.Since(m.looked) > lookAround
	began := time.Now()
	err := m.moveFrom(ctx, m.takeHint(), everywhere)
	if err != nil && ctx.Err() == nil { // every step can be repeated
		everywhere = true
		err = m.moveFrom(ctx, nil, everywhere)
	}
	if err != nil {
		m.looked = time.Time{} // nothing is lost: the next move looks everywhere
		return fmt.Errorf("move messages to the outbox: %w", err)
	}
	if everywhere {
		m.looked = began
	}
	return nil
}

// begin waits for its turn.
func (m *mover) begin(ctx context.Context) error {
	select {
	case m.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("move messages to the outbox: %w", context.Cause(ctx))
	}
}

func (m *mover) end() { <-m.running }

func (m *mover) takeHint() map[string][]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	hint := m.hint
	m.hint = map[string][]string{}
	return hint
}

func (m *mover) moveFrom(ctx context.Context, hint map[string][]string, everywhere bool) error {
	look := func() (finds, error) { return m.findHinted(ctx, hint) }
	if everywhere {
		if err := m.finish(ctx, m.append); err != nil {
			return err
		}
		look = func() (finds, error) { return m.find(ctx) }
	}
	found, err := look()
	if err != nil {
		return err
	}
	for _, f := range found {
		if settle := f.source.Settle; settle != nil {
			if err := settle(ctx, f.messages()); err != nil {
				return err
			}
		}
	}
	if err := m.append(ctx, found.messages()); err != nil {
		return err
	}
	for _, f := range found {
		if err := m.clear(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// append adds to the log what is not in it yet.
func (m *mover) append(ctx context.Context, messages []Message) error {
	for len(messages) > 0 {
		if m.next == 0 {
			if err := m.findNext(ctx); err != nil {
				return err
			}
		}
		documents := make([]any, len(messages))
		for i, message := range messages {
			documents[i] = entry{position(m.next + int64(i)), message.ID, message.Topic, message.Time, message.Document}
		}
		added, err := m.entries.InsertInOrder(ctx, documents)
		if err != nil {
			m.next = 0 // nobody knows what became of them
			return err
		}
		m.next += int64(added)
		if messages = messages[added:]; len(messages) == 0 {
			return nil
		}
		// Somebody has taken the position, or has added the message. The order matters: what is there now has a lower position
		// than the one that is found free after it.
		if messages, err = m.missing(ctx, messages); err != nil {
			return err
		}
		if err := m.findNext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// missing returns the messages that are not in the log.
func (m *mover) missing(ctx context.Context, messages []Message) ([]Message, error) {
	ids := make([]string, len(messages))
	for i, message := range messages {
		ids[i] = message.ID
	}
	var there []entry
	err := m.entries.Find(ctx, bson.M{"id": bson.M{"$in": ids}}, &there, options.Find().SetProjection(bson.M{"id": 1}))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(messages, func(message Message) bool {
		return slices.ContainsFunc(there, func(e entry) bool { return e.ID == message.ID })
	}), nil
}

func (m *mover) findNext(ctx context.Context) error {
	var last entry
	err := m.entries.FindOne(ctx, bson.M{"_id": bson.M{"$gte": position(m.next)}}, &last,
		options.FindOne().SetSort(bson.M{"_id": -1}).SetProjection(bson.M{"_id": 1}))
	switch {
	case errors.Is(err, mongodb.ErrNone):
		m.next = max(m.next, 1)
		return nil
	case err != nil:
		return err
	}
	seq, err := strconv.ParseInt(last.Position, 10, 64)
	if err != nil {
		return fmt.Errorf("position of an outbox entry: %w", err)
	}
	m.next = seq + 1
	return nil
}

// clear takes the messages out of their documents. They are in the log.
func (m *mover) clear(ctx context.Context, f find) error {
	changes := make([]mongodb.Change, len(f.documents))
	for i, d := range f.documents {
		changes[i] = mongodb.Change{Filter: bson.M{"_id": d.ID}, Update: d.moved()}
	}
	_, err := m.db.Collection(f.source.Collection).UpdateEach(ctx, changes)
	return err
}
