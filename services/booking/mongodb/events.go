package mongodb

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/booking"
)

// Every change of a copy counts up the inventory's revision, so that no order is decided on the copy before it.

// Apply takes the event into the copy if it is newer.
func (s *Store) Apply(ctx context.Context, e contracts.Event) (bool, error) {
	return s.copy(ctx, e, "$lt")
}

// Restore takes the events into the copy unless it is newer, one by one.
func (s *Store) Restore(ctx context.Context, events []contracts.Event) (applied int, err error) {
	for _, e := range events {
		taken, err := s.copy(ctx, e, "$lte")
		if err != nil {
			return applied, err
		}
		if taken {
			applied++
		}
	}
	return applied, nil
}

// copy takes the event into the copy if the copy's version compares with its own like that.
func (s *Store) copy(ctx context.Context, e contracts.Event, compare string) (bool, error) {
	older := bson.M{"_id": e.ID, "event.version": bson.M{compare: e.Version}}
	update := bson.M{"$set": bson.M{"event": copyOf(e)}, "$inc": bson.M{"revision": int64(1)}}
	done, err := s.inventories.Put(ctx, older, update)
	if err == nil && !done {
		// The document is there and not older, or has come into being at the same moment.
		done, err = s.inventories.Update(ctx, older, update)
	}
	if err != nil {
		return false, fmt.Errorf("write copy of event: %w", err)
	}
	return done, nil
}

// Forget removes events from the copy.
func (s *Store) Forget(ctx context.Context, eventIDs []string) (removed int, err error) {
	if len(eventIDs) == 0 {
		return 0, nil
	}
	return s.forget(ctx, bson.M{"_id": bson.M{"$in": eventIDs}, "event.version": bson.M{"$gt": 0}})
}

// ForgetAll removes the whole copy.
func (s *Store) ForgetAll(ctx context.Context) error {
	_, err := s.forget(ctx, bson.M{"event.version": bson.M{"$gt": 0}})
	return err
}

func (s *Store) forget(ctx context.Context, filter bson.M) (removed int, err error) {
	removed, err = s.inventories.UpdateMany(ctx, filter,
		bson.M{"$set": bson.M{"event": eventCopy{}}, "$inc": bson.M{"revision": int64(1)}})
	if err != nil {
		return 0, fmt.Errorf("remove copies of events: %w", err)
	}
	return removed, nil
}

// Inventories returns a page of the inventories that have a copy of their event.
func (s *Store) Inventories(ctx context.Context, after string, limit int) ([]booking.Inventory, error) {
	var found []inventory
	err := s.inventories.Find(ctx, bson.M{"_id": bson.M{"$gt": after}, "event.version": bson.M{"$gt": 0}}, &found,
		options.Find().SetSort(bson.M{"_id": 1}).SetLimit(int64(limit)).SetProjection(withoutMessages()))
	if err != nil {
		return nil, fmt.Errorf("read inventories: %w", err)
	}
	page := make([]booking.Inventory, len(found))
	for i, f := range found {
		page[i] = f.inventory()
	}
	return page, nil
}

// withoutMessages leaves out what only the outbox wants to read.
func withoutMessages() bson.M { return bson.M{"outbox": 0, "unsent": 0} }
