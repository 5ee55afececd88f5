package mongodb

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/mongodb"
	"github.com/myevents/myevents/platform/mongodb/change"
	"github.com/myevents/myevents/services/event"
)

// Location returns the location, or a NotFound fault.
func (s *Store) Location(ctx context.Context, id string) (event.Location, error) {
	var d locationDocument
	if err := one(ctx, s.locations, "location", id, &d, &d.Head); err != nil {
		return event.Location{}, err
	}
	return d.location(), nil
}

// Event returns the event, or a NotFound fault.
func (s *Store) Event(ctx context.Context, id string) (event.Event, error) {
	var d eventDocument
	if err := one(ctx, s.events, "event", id, &d, &d.Head); err != nil {
		return event.Event{}, err
	}
	return d.event(), nil
}

// one reads a document that is there.
func one(ctx context.Context, c *mongodb.Collection, thing, id string, document any, head *change.Head) error {
	err := c.FindOne(ctx, bson.M{"_id": id}, document, options.FindOne().SetProjection(withoutNext()))
	switch {
	case errors.Is(err, mongodb.ErrNone):
		return fault.Missing(thing)
	case err != nil:
		return fmt.Errorf("read %s: %w", thing, err)
	case head.Version == 0:
		return fault.Missing(thing)
	}
	return nil
}

func withoutNext() bson.M { return bson.M{"next": 0} }

// Locations returns at most limit locations by id, beginning behind the id after.
func (s *Store) Locations(ctx context.Context, after string, limit int) ([]event.Location, error) {
	var found []locationDocument
	err := s.locations.Find(ctx, bson.D{{Key: "_id", Value: bson.M{"$gt": after}}, change.Present()}, &found,
		options.Find().SetSort(bson.M{"_id": 1}).SetLimit(int64(limit)).SetProjection(withoutNext()))
	if err != nil {
		return nil, fmt.Errorf("list locations: %w", err)
	}
	page := make([]event.Location, len(found))
	for i, d := range found {
		page[i] = d.location()
	}
	return page, nil
}

// Upcoming returns the scheduled events at a location that start after an instant.
func (s *Store) Upcoming(ctx context.Context, locationID string, after time.Time) ([]event.Event, error) {
	return s.list(ctx, bson.D{
		{Key: "body.location", Value: locationID}, {Key: "body.starts_at", Value: bson.M{"$gt": after.UnixMicro()}},
		{Key: "body.status", Value: contracts.EventScheduled}, change.Present(),
	}, 0)
}

// Events returns at most limit of the events that match, by start and id, beginning behind a position. The seats left are
// in no index: where they matter, it reads on until the page is full.
func (s *Store) Events(ctx context.Context, f event.Filter, after event.Position, limit int) ([]event.Event, error) {
	var page []event.Event
	for {
		next, err := s.list(ctx, selects(f, after), limit)
		if err != nil {
			return nil, err
		}
		for _, e := range next {
			if len(page) < limit && (f.MinSeatsLeft == 0 || e.SeatsLeft() >= f.MinSeatsLeft) {
				page = append(page, e)
			}
		}
		if len(page) == limit || len(next) < limit {
			return page, nil
		}
		last := next[len(next)-1]
		after = event.Position{StartsAt: last.StartsAt, ID: last.ID}
	}
}

// selects is the filter as a query, but for the seats left.
func selects(f event.Filter, after event.Position) bson.D {
	query := bson.D{change.Present()}
	add := func(wanted bool, field string, condition any) {
		if wanted {
			query = append(query, bson.E{Key: field, Value: condition})
		}
	}
	add(len(f.IDs) > 0, "_id", bson.M{"$in": f.IDs})
	add(f.OrganizerID != "", "body.organizer", f.OrganizerID)
	add(f.LocationID != "", "body.location", f.LocationID)
	add(f.Country != "", "body.country", f.Country)
	add(f.Name != "", "body.folded_name", bson.M{"$regex": regexp.QuoteMeta(strings.ToLower(f.Name))})
	starts := bson.D{}
	if !f.From.IsZero() {
		starts = append(starts, bson.E{Key: "$gte", Value: ceilMicro(f.From)})
	}
	if !f.To.IsZero() {
		starts = append(starts, bson.E{Key: "$lt", Value: ceilMicro(f.To)})
	}
	add(len(starts) > 0, "body.starts_at", starts)
	if after != (event.Position{}) {
		at := after.StartsAt.UnixMicro()
		query = append(query, bson.E{Key: "$or", Value: bson.A{
			bson.M{"body.starts_at": bson.M{"$gt": at}},
			bson.M{"body.starts_at": at, "_id": bson.M{"$gt": after.ID}},
		}})
	}
	return query
}

// ceilMicro returns the first stored instant that is not before t.
func ceilMicro(t time.Time) int64 { return t.Add(time.Microsecond - time.Nanosecond).UnixMicro() }

// list returns the events by start and id; all of them where limit is 0.
func (s *Store) list(ctx context.Context, query bson.D, limit int) ([]event.Event, error) {
	var found []eventDocument
	err := s.events.Find(ctx, query, &found, options.Find().SetLimit(int64(limit)).SetProjection(withoutNext()).
		SetSort(bson.D{{Key: "body.starts_at", Value: 1}, {Key: "_id", Value: 1}}))
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	page := make([]event.Event, len(found))
	for i, d := range found {
		page[i] = d.event()
	}
	return page, nil
}
