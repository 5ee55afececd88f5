package dynamodb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/event"
)

// Location returns the location, or a NotFound fault. A large change of it that was not finished is finished first.
func (s *Store) Location(ctx context.Context, id string) (event.Location, error) {
	for {
		var i locationItem
		found, err := s.table.Get(ctx, locationKey(id), &i)
		switch {
		case err != nil:
			return event.Location{}, fmt.Errorf("read location: %w", err)
		case !found:
			return event.Location{}, fault.Missing("location")
		case i.Change == "":
			return i.location(), nil
		}
		if err := s.finish(ctx, i); err != nil {
			return event.Location{}, err
		}
	}
}

// Locations returns at most limit locations by id, beginning behind the id after.
func (s *Store) Locations(ctx context.Context, after string, limit int) ([]event.Location, error) {
	items, err := dynamodb.List[locationItem](ctx, s.table, dynamodb.Range{Partition: locations, Above: after, Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("list locations: %w", err)
	}
	page := make([]event.Location, len(items))
	for i, item := range items {
		page[i] = item.location()
	}
	return page, nil
}

// Event returns the event, or a NotFound fault.
func (s *Store) Event(ctx context.Context, id string) (event.Event, error) {
	var i eventItem
	found, err := s.table.Get(ctx, eventKey(id), &i)
	if err != nil {
		return event.Event{}, fmt.Errorf("read event: %w", err)
	}
	if !found {
		return event.Event{}, fault.Missing("event")
	}
	return i.event(), nil
}

// Events returns at most limit of the events that match, by start and id, beginning behind a position.
func (s *Store) Events(ctx context.Context, f event.Filter, after event.Position, limit int) ([]event.Event, error) {
	r := dynamodb.Range{Partition: allEvents, Limit: limit}
	if f.LocationID != "" {
		r.Partition = eventsAt(f.LocationID)
	}
	if after != (event.Position{}) {
		r.Above = place(after.StartsAt.UnixMicro(), after.ID)
	}
	if !f.From.IsZero() {
		r.Above = max(r.Above, start(ceilMicro(f.From))) // a start alone lies before all that start then
	}
	if !f.To.IsZero() {
		r.Below = start(ceilMicro(f.To))
	}
	if len(f.IDs) > 0 {
		return s.eventsByID(ctx, f, r, limit)
	}
	if f.OrganizerID != "" || f.Country != "" || f.MinSeatsLeft > 0 || f.Name != "" {
		const atOnce = 100 // as most of them may be left out
		r.Limit = max(limit, atOnce)
	}
	selects := selector(f)
	var page []event.Event
	for r.Below == "" || r.Above < r.Below {
		events, last, err := s.events(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("list events: %w", err)
		}
		for _, e := range events {
			if selects(e) {
				page = append(page, e)
			}
			if len(page) == limit {
				return page, nil
			}
		}
		if last == "" {
			break
		}
		r.Above = last
	}
	return page, nil
}

// eventsByID returns at most limit of the events with the filter's ids whose places are in the range.
func (s *Store) eventsByID(ctx context.Context, f event.Filter, r dynamodb.Range, limit int) ([]event.Event, error) {
	keys := make([]dynamodb.Key, len(f.IDs))
	for i, id := range f.IDs {
		keys[i] = eventKey(id)
	}
	items, err := dynamodb.GetAll[eventItem](ctx, s.table, keys)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	slices.SortFunc(items, func(a, b eventItem) int { return cmp.Compare(place(a.StartsAt, a.ID), place(b.StartsAt, b.ID)) })
	selects := selector(f)
	var page []event.Event
	for _, i := range items {
		at := place(i.StartsAt, i.ID)
		within := at > r.Above && (r.Below == "" || at < r.Below) && (f.LocationID == "" || i.LocationID == f.LocationID)
		if e := i.event(); within && selects(e) && len(page) < limit {
			page = append(page, e)
		}
	}
	return page, nil
}

// selector returns what the range has not selected already.
func selector(f event.Filter) func(event.Event) bool {
	name := strings.ToLower(f.Name)
	return func(e event.Event) bool {
		return (f.OrganizerID == "" || e.OrganizerID == f.OrganizerID) && (f.Country == "" || e.Country == f.Country) &&
			(f.MinSeatsLeft <= 0 || e.Capacity-e.SeatsTaken >= f.MinSeatsLeft) &&
			(name == "" || strings.Contains(strings.ToLower(e.Name), name))
	}
}

// events returns the events of a range of places, and the last place where there may be more behind it. An event that is
// moved at the moment is left out.
func (s *Store) events(ctx context.Context, r dynamodb.Range) (events []event.Event, last string, err error) {
	places, err := dynamodb.List[dynamodb.Key](ctx, s.table, r)
	if err != nil {
		return nil, "", err
	}
	keys := make([]dynamodb.Key, len(places))
	for i, p := range places {
		keys[i] = eventKey(eventOf(p.Sort))
	}
	items, err := dynamodb.GetAll[eventItem](ctx, s.table, keys)
	if err != nil {
		return nil, "", err
	}
	at := make(map[string]eventItem, len(items))
	for _, i := range items {
		at[place(i.StartsAt, i.ID)] = i
	}
	for _, p := range places {
		if i, here := at[p.Sort]; here {
			events = append(events, i.event())
		}
	}
	if r.Limit > 0 && len(places) == r.Limit {
		last = places[len(places)-1].Sort
	}
	return events, last, nil
}

// Upcoming returns the scheduled events at a location that start after an instant.
func (s *Store) Upcoming(ctx context.Context, locationID string, after time.Time) ([]event.Event, error) {
	r := dynamodb.Range{Partition: eventsAt(locationID), Above: start(after.UnixMicro() + 1)}
	events, _, err := s.events(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	var scheduled []event.Event
	for _, e := range events {
		if e.Status == contracts.EventScheduled {
			scheduled = append(scheduled, e)
		}
	}
	return scheduled, nil
}

// ceilMicro returns the first stored instant that is not before t.
func ceilMicro(t time.Time) int64 { return t.Add(time.Microsecond - time.Nanosecond).UnixMicro() }
