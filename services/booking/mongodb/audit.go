package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/mongodb"
)

// Audit compares all events at a glance, and exactly those that differ then because they are sold meanwhile.
func (s *Store) Audit(ctx context.Context) (mismatches map[string]int, err error) {
	differ, err := s.differing(ctx)
	if err != nil {
		return nil, fmt.Errorf("audit inventories: %w", err)
	}
	for _, eventID := range differ {
		seats, err := s.auditEvent(ctx, eventID)
		if err != nil {
			return nil, fmt.Errorf("audit inventory of event %s: %w", eventID, err)
		}
		if seats == 0 {
			continue
		}
		if mismatches == nil {
			mismatches = map[string]int{}
		}
		mismatches[eventID] = seats
	}
	return mismatches, nil
}

// differing returns the events whose inventory and bookings, read one after the other, differ. Seats of events that are not
// in the copy count too.
func (s *Store) differing(ctx context.Context) (eventIDs []string, err error) {
	booked, err := s.sum(ctx, bson.D{{Key: "status", Value: contracts.StatusConfirmed}})
	if err != nil {
		return nil, err
	}
	var all []inventory
	if err := s.inventories.Find(ctx, bson.M{}, &all, options.Find().SetProjection(bson.M{"seats_taken": 1})); err != nil {
		return nil, err
	}
	for _, i := range all {
		if booked[i.ID] != i.SeatsTaken {
			eventIDs = append(eventIDs, i.ID)
		}
		delete(booked, i.ID)
	}
	for eventID := range booked { // without an inventory
		eventIDs = append(eventIDs, eventID)
	}
	return eventIDs, nil
}

// auditEvent compares an inventory with what bookings account for at its version.
func (s *Store) auditEvent(ctx context.Context, eventID string) (mismatch int, err error) {
	var i inventory
	if err := s.inventories.FindOne(ctx, bson.M{"_id": eventID}, &i); err != nil && !errors.Is(err, mongodb.ErrNone) {
		return 0, err
	}
	if err := s.settle(ctx, i.All()); err != nil {
		return 0, err
	}
	upTo := bson.D{{Key: "$gt", Value: 0}, {Key: "$lte", Value: i.Version}}
	took, err := s.sum(ctx, bson.D{{Key: "event", Value: eventID}, {Key: "took", Value: upTo}})
	if err != nil {
		return 0, err
	}
	gave, err := s.sum(ctx, bson.D{{Key: "event", Value: eventID}, {Key: "gave", Value: upTo}})
	if err != nil {
		return 0, err
	}
	mismatch = i.SeatsTaken - (took[eventID] - gave[eventID])
	return max(mismatch, -mismatch), nil
}

// sum returns the seats of the bookings that match, by event.
func (s *Store) sum(ctx context.Context, match bson.D) (map[string]int, error) {
	var groups []struct {
		EventID string `bson:"_id"`
		Seats   int    `bson:"seats"`
	}
	err := s.bookings.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: match}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$event"}, {Key: "seats", Value: bson.D{{Key: "$sum", Value: "$seats"}}}}}},
	}, &groups)
	seats := make(map[string]int, len(groups))
	for _, g := range groups {
		seats[g.EventID] = g.Seats
	}
	return seats, err
}
