package change

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/platform/mongodb"
	outbox "github.com/myevents/myevents/platform/outbox/mongodb"
)

// ErrStale is what Commit returns where a document is not as it was when it was read. Nothing has happened then.
var ErrStale = errors.New("changed since it was read")

// Head is what a document that changes are about begins with; its struct has it as `bson:",inline"`, and a Body beside it.
// Fields beside those two are left alone.
type Head struct {
	ID       string   `bson:"_id"`
	Version  int64    `bson:"version"`  // counts the writes; 0: the document is not there
	Revision int64    `bson:"revision"` // counts the changes that wrote or guarded it
	Lock     string   `bson:"lock"`     // the change that is about to write it; empty: none
	Guests   []string `bson:"guests"`   // the changes that guard it
}

// Document is a whole document with the body B.
type Document[B any] struct {
	Head `bson:",inline"`
	Body B `bson:"body"`
	Next B `bson:"next,omitempty"`
}

// Present selects the documents that are there.
func Present() bson.E { return bson.E{Key: "version", Value: bson.D{{Key: "$gt", Value: 0}}} }

// Any is a Write's Revision where it does not matter who has guarded the document meanwhile.
const Any int64 = -1

// Write replaces the body of a document that is at a version, or makes it where that is 0.
type Write struct {
	Collection string
	ID         string
	Version    int64 // the one that was read
	Revision   int64 // the one that was read, or Any
	Body       any
}

// Guard is about a document that must still be at the version when the change happens. Changes that guard the same
// document do not get in each other's way.
type Guard struct {
	Collection string
	ID         string
	Version    int64
}

// Change is what happens as a whole. There is one Write or Guard of a document at most. All of it fits into 16 MB.
type Change struct {
	Writes   []Write // become visible in this order, but for those next to each other in one collection: together
	Guards   []Guard
	Messages []outbox.Message // in this order
}

// Store makes changes in one database.
type Store struct {
	db      *mongodb.DB
	changes *mongodb.Collection
	log     *outbox.Log
	seen    map[string]time.Time // pending changes of others, and when they were first seen; the look around's own
}

// NewStore returns a store whose messages go to the log. The log's moves finish what other processes have left.
func NewStore(db *mongodb.DB, log *outbox.Log) *Store {
	s := &Store{db: db, changes: db.Collection("changes"), log: log, seen: map[string]time.Time{}}
	log.OnMove(s.lookAround)
	return s
}

// The states of a change.
const (
	pending   = "pending"
	committed = "committed"
	aborted   = "aborted"
)

// record is a change as it is stored.
type record struct {
	ID       string           `bson:"_id"`
	State    string           `bson:"state"`
	Writes   []place          `bson:"writes"`
	Guards   []place          `bson:"guards"`
	Messages []outbox.Message `bson:"messages"`
}

// place is where a document is.
type place struct {
	Collection string `bson:"collection"`
	ID         string `bson:"id"`
}

// Commit makes the change, or fails with ErrStale.
func (s *Store) Commit(ctx context.Context, c Change) error {
	r := record{ID: rand.Text(), State: pending, Messages: c.Messages}
	for _, w := range c.Writes {
		r.Writes = append(r.Writes, place{w.Collection, w.ID})
	}
	c.Writes = slices.SortedFunc(slices.Values(c.Writes), func(a, b Write) int {
		return cmp.Or(cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.ID, b.ID))
	})
	for _, g := range c.Guards {
		r.Guards = append(r.Guards, place{g.Collection, g.ID})
	}
	if _, err := s.changes.Insert(ctx, r); err != nil {
		return fmt.Errorf("write the change down: %w", err)
	}
	err := s.decide(ctx, r, c)
	// Whether it has happened or not, it is brought to its end also where the caller has gone.
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		return s.giveUp(ctx, r, err)
	}
	return s.finish(ctx, r, s.log.Append)
}

// Adjust changes a single document at the version, without a message; the update must not touch the Head. It fails with
// ErrStale.
func (s *Store) Adjust(ctx context.Context, g Guard, update bson.M) error {
	update["$inc"] = bson.M{"version": int64(1)}
	return s.untilFree(ctx, place{g.Collection, g.ID}, g.Version, func() (bool, error) {
		return s.db.Collection(g.Collection).Update(ctx, bson.M{"_id": g.ID, "version": g.Version, "lock": ""}, update)
	}, locksOf)
}

// decide locks everything and commits.
func (s *Store) decide(ctx context.Context, r record, c Change) error {
	for _, g := range c.Guards {
		if err := s.enter(ctx, r.ID, g); err != nil {
			return err
		}
	}
	if err := s.lock(ctx, r.ID, c.Writes); err != nil {
		return err
	}
	done, err := s.become(ctx, r, committed)
	if err == nil && !done {
		return ErrStale // somebody has lost patience
	}
	return err
}

// become decides a pending change. It returns false where that was done before.
func (s *Store) become(ctx context.Context, r record, state string) (bool, error) {
	done, err := s.changes.Update(ctx, bson.M{"_id": r.ID, "state": pending}, bson.M{"$set": bson.M{"state": state}})
	if err != nil {
		return false, fmt.Errorf("decide the change: %w", err)
	}
	return done, nil
}

// giveUp takes back what cause has interrupted, and returns cause. Where the change has happened all the same, because
// only the answer was lost, it finishes it.
func (s *Store) giveUp(ctx context.Context, r record, cause error) error {
	done, err := s.become(ctx, r, aborted)
	if err != nil {
		return errors.Join(cause, err)
	}
	var now record
	if !done {
		err := s.changes.FindOne(ctx, bson.M{"_id": r.ID}, &now)
		if err != nil && !errors.Is(err, mongodb.ErrNone) { // somebody has brought it to its end where there is none
			return errors.Join(cause, err)
		}
		if now.State == committed {
			return s.finish(ctx, r, s.log.Append)
		}
	}
	if err := s.takeBack(ctx, r); err != nil {
		return errors.Join(cause, err)
	}
	return cause
}
