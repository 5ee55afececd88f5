package event

import (
	"context"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
)

// Location returns a location, or a NotFound fault.
func (s *Service) Location(ctx context.Context, id string) (Location, error) {
	return s.options.Store.Location(ctx, id)
}

// Locations returns at most limit locations in the order of their ids, beginning behind the id after; "" begins at the first.
func (s *Service) Locations(ctx context.Context, after string, limit int) ([]Location, error) {
	return s.options.Store.Locations(ctx, after, limit)
}

// CreateLocation adds a location of the organizer's. It returns an Invalid fault where a rule is broken.
func (s *Service) CreateLocation(ctx context.Context, organizerID string, n NewLocation) (Location, error) {
	return s.createLocation(ctx, s.options.NewID(), organizerID, n)
}

func (s *Service) createLocation(ctx context.Context, id, organizerID string, n NewLocation) (Location, error) {
	loc := n.location()
	if err := loc.check(); err != nil {
		return Location{}, err
	}
	loc.ID, loc.Version, loc.OrganizerID, loc.CreatedAt = id, 1, organizerID, instant(s.options.Clock())
	m, err := s.locationMessage(ctx, contracts.LocationCreated, loc)
	if err != nil {
		return Location{}, err
	}
	return loc, s.commit(ctx, Change{Location: &loc, Messages: []Message{m}})
}

// ChangeLocation changes the given fields of a location of the organizer's. It returns a Forbidden fault where the
// location is somebody else's, an Invalid one where a rule is broken, and a Conflict one where an event to come would
// lose its hall.
//
// A new name or country is a change of every scheduled event to come: each gets a new version and a message in the same
// commit. That commit grows with their number (10,000 events: about a second); cancelled and past events keep the name
// under which they were sold.
func (s *Service) ChangeLocation(ctx context.Context, organizerID, id string, c LocationChange) (Location, error) {
	return serially(func() (Location, error) {
		loc, err := s.options.Store.Location(ctx, id)
		if err != nil {
			return Location{}, err
		}
		if loc.OrganizerID != organizerID {
			return Location{}, fault.New(fault.Forbidden, "not-your-location", "Only the organizer of the location can change it.")
		}
		changed := c.apply(loc)
		if err := changed.check(); err != nil || changed.same(loc) {
			return changed, err
		}
		changed.Version++
		return changed, s.commitLocation(ctx, loc, changed)
	})
}

// commitLocation stores a changed location with all that follows from it for its events.
func (s *Service) commitLocation(ctx context.Context, before, after Location) error {
	upcoming, err := s.options.Store.Upcoming(ctx, after.ID, s.options.Clock())
	if err != nil {
		return err
	}
	if err := after.holds(upcoming); err != nil {
		return err
	}
	m, err := s.locationMessage(ctx, contracts.LocationChanged, after)
	if err != nil {
		return err
	}
	change := Change{Location: &after, Messages: []Message{m}}
	if after.Name == before.Name && after.Country == before.Country {
		return s.commit(ctx, change)
	}
	for _, e := range upcoming {
		e = e.movedTo(after)
		e.Version++
		m, err := s.eventMessage(ctx, contracts.EventChanged, e)
		if err != nil {
			return err
		}
		change.Events, change.Messages = append(change.Events, e), append(change.Messages, m)
	}
	return s.commit(ctx, change)
}
