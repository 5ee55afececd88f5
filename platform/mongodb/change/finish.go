package change

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/platform/mongodb"
	outbox "github.com/myevents/myevents/platform/outbox/mongodb"
)

// abandoned is how long a pending change may stand before a look around takes it for one whose process has died.
const abandoned = 10 * time.Second

// resolve brings another change, which holds the document, to its end. A pending one has until the end of patience.
func (s *Store) resolve(ctx context.Context, change string, at place, impatient bool) error {
	var r record
	err := s.changes.FindOne(ctx, bson.M{"_id": change}, &r)
	switch {
	case errors.Is(err, mongodb.ErrNone):
		// It was aborted and removed before its last lock arrived.
		return s.takeBack(ctx, record{ID: change, Writes: []place{at}, Guards: []place{at}})
	case err != nil:
		return fmt.Errorf("look a change up: %w", err)
	}
	return s.end(ctx, r, impatient, s.log.Append)
}

// end finishes a committed change and takes an aborted one back; a pending one it aborts where it is impatient.
func (s *Store) end(ctx context.Context, r record, impatient bool, add outbox.Append) error {
	switch {
	case r.State == committed:
		return s.finish(ctx, r, add)
	case r.State == aborted:
		return s.takeBack(ctx, r)
	case !impatient:
		return nil
	}
	done, err := s.become(ctx, r, aborted)
	if err != nil || !done {
		return err
	}
	return s.takeBack(ctx, r)
}

// finish makes a committed change visible and removes it. It can be repeated.
func (s *Store) finish(ctx context.Context, r record, add outbox.Append) error {
	if err := add(ctx, r.Messages); err != nil {
		return err
	}
	for collection, ids := range runs(r.Writes) {
		if err := s.unlock(ctx, collection, ids, r.ID); err != nil {
			return fmt.Errorf("finish a change of %s: %w", collection, err)
		}
	}
	for collection, ids := range runs(r.Guards) {
		_, err := s.db.Collection(collection).UpdateMany(ctx, bson.M{"_id": bson.M{"$in": ids}, "guests": r.ID},
			bson.M{"$pull": bson.M{"guests": r.ID}, "$inc": bson.M{"revision": int64(1)}})
		if err != nil {
			return fmt.Errorf("finish a change of %s: %w", collection, err)
		}
	}
	_, err := s.changes.Delete(ctx, bson.M{"_id": r.ID})
	return err
}

// unlock puts the next bodies in the place of the present ones.
func (s *Store) unlock(ctx context.Context, collection string, ids []string, change string) error {
	c := s.db.Collection(collection)
	var locked []struct {
		ID   string   `bson:"_id"`
		Next bson.Raw `bson:"next"`
	}
	if err := c.Find(ctx, bson.M{"_id": bson.M{"$in": ids}, "lock": change}, &locked); err != nil {
		return err
	}
	changes := make([]mongodb.Change, len(locked))
	for i, d := range locked {
		changes[i] = mongodb.Change{Filter: bson.M{"_id": d.ID, "lock": change}, Update: bson.M{
			"$set":   bson.M{"body": d.Next, "lock": ""},
			"$inc":   bson.M{"version": int64(1), "revision": int64(1)},
			"$unset": bson.M{"next": ""},
		}}
	}
	_, err := c.UpdateEach(ctx, changes)
	return err
}

// takeBack removes what an aborted change has left in documents, and the change.
func (s *Store) takeBack(ctx context.Context, r record) error {
	for collection, ids := range runs(r.Writes) {
		c := s.db.Collection(collection)
		if _, err := c.Delete(ctx, bson.M{"_id": bson.M{"$in": ids}, "lock": r.ID, "version": 0}); err != nil {
			return fmt.Errorf("take a change of %s back: %w", collection, err)
		}
		_, err := c.UpdateMany(ctx, bson.M{"_id": bson.M{"$in": ids}, "lock": r.ID},
			bson.M{"$set": bson.M{"lock": ""}, "$unset": bson.M{"next": ""}})
		if err != nil {
			return fmt.Errorf("take a change of %s back: %w", collection, err)
		}
	}
	for collection, ids := range runs(r.Guards) {
		_, err := s.db.Collection(collection).UpdateMany(ctx, bson.M{"_id": bson.M{"$in": ids}, "guests": r.ID},
			bson.M{"$pull": bson.M{"guests": r.ID}})
		if err != nil {
			return fmt.Errorf("take a change of %s back: %w", collection, err)
		}
	}
	_, err := s.changes.Delete(ctx, bson.M{"_id": r.ID})
	return err
}

// runs returns the places in their order, those next to each other in one collection together.
func runs(places []place) iter.Seq2[string, []string] {
	return func(yield func(collection string, ids []string) bool) {
		for rest := places; len(rest) > 0; {
			collection, ids := rest[0].Collection, []string{}
			for len(rest) > 0 && rest[0].Collection == collection {
				ids, rest = append(ids, rest[0].ID), rest[1:]
			}
			if !yield(collection, ids) {
				return
			}
		}
	}
}

// lookAround brings the changes to their end that other processes have left.
func (s *Store) lookAround(ctx context.Context, add outbox.Append) error {
	var all []record
	if err := s.changes.Find(ctx, bson.M{}, &all); err != nil {
		return fmt.Errorf("look for changes: %w", err)
	}
	seen := map[string]time.Time{}
	for _, r := range all {
		since, before := s.seen[r.ID]
		if !before {
			since = time.Now()
		}
		seen[r.ID] = since
		if err := s.end(ctx, r, time.Since(since) > abandoned, add); err != nil {
			return err
		}
	}
	s.seen = seen
	return nil
}
