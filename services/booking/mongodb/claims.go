package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/platform/mongodb"
	"github.com/myevents/myevents/services/booking"
)

// claim claims the keys of the batch's orders, and reads the bookings or claims that were there before. For an event
// nobody knows it claims nothing: the keys stay unused.
func (s *Store) claim(ctx context.Context, i booking.Inventory, batch []*job) error {
	var orders, cancellations []*job
	var claims []any
	for _, j := range batch {
		if j.order == nil {
			cancellations = append(cancellations, j)
			continue
		}
		j.record = claim(*j.order)
		orders, claims = append(orders, j), append(claims, j.record)
	}
	taken := orders
	if i.Known() && len(claims) > 0 {
		indexes, err := s.bookings.Insert(ctx, claims...)
		if err != nil {
			return fmt.Errorf("claim idempotency keys: %w", err)
		}
		taken = nil
		for _, index := range indexes {
			taken = append(taken, orders[index])
		}
	}
	for _, j := range taken {
		if err := s.lookUp(ctx, j); err != nil {
			return err
		}
	}
	return s.look(ctx, cancellations) // what they brought may be older than the inventory
}

// lookUp reads the booking or claim with the order's key; where there is none the job's record is empty.
func (s *Store) lookUp(ctx context.Context, j *job) error {
	j.record = record{}
	err := s.bookings.FindOne(ctx, bson.M{"user": j.order.UserID, "key": j.order.Key}, &j.record)
	if err != nil && !errors.Is(err, mongodb.ErrNone) {
		return fmt.Errorf("read booking by key: %w", err)
	}
	return nil
}

// look reads the jobs' bookings and claims again.
func (s *Store) look(ctx context.Context, jobs []*job) error {
	if len(jobs) == 0 {
		return nil
	}
	ids := make([]string, len(jobs))
	for i, j := range jobs {
		ids[i] = j.record.ID
	}
	var found []record
	if err := s.bookings.Find(ctx, bson.M{"_id": bson.M{"$in": ids}}, &found); err != nil {
		return fmt.Errorf("read bookings: %w", err)
	}
	byID := make(map[string]record, len(found))
	for _, r := range found {
		byID[r.ID] = r
	}
	for _, j := range jobs {
		j.record = byID[j.record.ID]
	}
	return nil
}
