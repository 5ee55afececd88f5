package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/platform/mongodb"
)

const (
	patience = time.Second // with a pending change that holds a document
	glance   = 5 * time.Millisecond
)

// enter makes the change a guest of the document.
func (s *Store) enter(ctx context.Context, change string, g Guard) error {
	at := place{g.Collection, g.ID}
	return s.untilFree(ctx, at, g.Version, func() (bool, error) {
		return s.db.Collection(g.Collection).Update(ctx, bson.M{"_id": g.ID, "version": g.Version, "lock": ""},
			bson.M{"$push": bson.M{"guests": change}})
	}, locksOf)
}

// lock locks all documents of the writes, in one command for each collection. It takes those one by one that could not
// be locked so.
func (s *Store) lock(ctx context.Context, change string, writes []Write) error {
	for len(writes) > 0 {
		n := sameCollection(writes)
		rest, err := s.lockTogether(ctx, change, writes[:n])
		if err != nil {
			return fmt.Errorf("lock %s: %w", writes[0].Collection, err)
		}
		for _, w := range rest {
			if err := s.lockOne(ctx, change, w); err != nil {
				return err
			}
		}
		writes = writes[n:]
	}
	return nil
}

// sameCollection returns how many of the writes, which are sorted, are in the collection of the first.
func sameCollection(writes []Write) int {
	n := slices.IndexFunc(writes, func(w Write) bool { return w.Collection != writes[0].Collection })
	if n < 0 {
		return len(writes)
	}
	return n
}

// lockTogether returns the writes whose documents it could not lock.
func (s *Store) lockTogether(ctx context.Context, change string, writes []Write) (rest []Write, err error) {
	c := s.db.Collection(writes[0].Collection)
	var fresh, updates []Write
	var documents []any
	var changes []mongodb.Change
	for _, w := range writes {
		if w.Version == 0 {
			fresh, documents = append(fresh, w), append(documents, w.document(change))
			continue
		}
		updates, changes = append(updates, w), append(changes, w.locking(change))
	}
	if len(documents) > 0 {
		taken, err := c.Insert(ctx, documents...)
		if err != nil {
			return nil, err
		}
		for _, i := range taken {
			rest = append(rest, fresh[i])
		}
	}
	matched, err := c.UpdateEach(ctx, changes)
	if err != nil || matched == len(changes) {
		return rest, err
	}
	var locked []Head
	ids := make([]string, len(updates))
	for i, w := range updates {
		ids[i] = w.ID
	}
	if err := c.Find(ctx, bson.M{"_id": bson.M{"$in": ids}, "lock": change}, &locked, onlyHeads()); err != nil {
		return nil, err
	}
	return append(rest, slices.DeleteFunc(updates, func(w Write) bool {
		return slices.ContainsFunc(locked, func(h Head) bool { return h.ID == w.ID })
	})...), nil
}

// document is what stands in the place of a document that is going to be made.
func (w Write) document(change string) bson.M {
	return bson.M{"_id": w.ID, "version": int64(0), "revision": int64(0), "lock": change, "guests": bson.A{}, "next": w.Body}
}

func (w Write) locking(change string) mongodb.Change {
	free := bson.M{"_id": w.ID, "version": w.Version, "lock": "", "guests": bson.M{"$size": 0}}
	if w.Revision != Any {
		free["revision"] = w.Revision
	}
	return mongodb.Change{Filter: free, Update: bson.M{"$set": bson.M{"lock": change, "next": w.Body}}}
}

func (s *Store) lockOne(ctx context.Context, change string, w Write) error {
	c := s.db.Collection(w.Collection)
	return s.untilFree(ctx, place{w.Collection, w.ID}, w.Version, func() (bool, error) {
		if w.Version == 0 {
			taken, err := c.Insert(ctx, w.document(change))
			return len(taken) == 0, err
		}
		l := w.locking(change)
		return c.Update(ctx, l.Filter, l.Update)
	}, func(h Head) []string {
		if len(h.Guests) == 0 && h.Lock == "" && w.Revision != Any && w.Revision != h.Revision {
			return nil
		}
		return append(locksOf(h), h.Guests...)
	})
}

func locksOf(h Head) []string {
	if h.Lock == "" {
		return nil
	}
	return []string{h.Lock}
}

// untilFree tries to take a document for as long as other changes, named by inTheWay, hold it. It fails with ErrStale where
// the document is free and not as expected.
func (s *Store) untilFree(
	ctx context.Context, at place, version int64, take func() (bool, error), inTheWay func(Head) []string,
) error {
	for since := time.Now(); ; {
		taken, err := take()
		if err != nil || taken {
			return err
		}
		var h Head
		err = s.db.Collection(at.Collection).FindOne(ctx, bson.M{"_id": at.ID}, &h, options.FindOne().SetProjection(headFields()))
		if err != nil && !errors.Is(err, mongodb.ErrNone) {
			return fmt.Errorf("look at %s %s: %w", at.Collection, at.ID, err)
		}
		others := inTheWay(h)
		if h.Version != version || (len(others) == 0 && h.ID != "") {
			return ErrStale
		}
		for _, other := range others {
			if err := s.resolve(ctx, other, at, time.Since(since) > patience); err != nil {
				return err
			}
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(glance)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// headFields leaves the bodies out.
func headFields() bson.M {
	return bson.M{"version": 1, "revision": 1, "lock": 1, "guests": 1}
}

func onlyHeads() *options.FindOptionsBuilder { return options.Find().SetProjection(headFields()) }
