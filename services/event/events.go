package event

import (
	"context"
	"fmt"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
)

// Event returns an event, cancelled and past ones too, or a NotFound fault.
func (s *Service) Event(ctx context.Context, id string) (Event, error) {
	return s.options.Store.Event(ctx, id)
}

// Events returns at most limit of the events that match, by start and id, beginning behind a position.
func (s *Service) Events(ctx context.Context, f Filter, after Position, limit int) ([]Event, error) {
	return s.options.Store.Events(ctx, f, after, limit)
}

// CreateEvent schedules an event of the organizer. It returns an Invalid fault where a rule is broken.
func (s *Service) CreateEvent(ctx context.Context, organizerID string, n NewEvent) (Event, error) {
	return s.createEvent(ctx, s.options.NewID(), organizerID, n)
}

func (s *Service) createEvent(ctx context.Context, id, organizerID string, n NewEvent) (Event, error) {
	return serially(func() (Event, error) {
		now := s.options.Clock()
		loc, err := s.locationOf(ctx, n.LocationID)
		if err != nil {
			return Event{}, err
		}
		e := n.at(loc)
		if err := e.check(loc, now); err != nil {
			return Event{}, err
		}
		e.ID, e.Version, e.OrganizerID, e.CreatedAt = id, 1, organizerID, instant(now)
		return e, s.commitEvent(ctx, contracts.EventCreated, e, &loc)
	})
}

// ChangeEvent changes the given fields of an event of the organizer's. It returns a Forbidden fault where the event is
// somebody else's, a Conflict one where it is past or cancelled or its seats are sold, and an Invalid one where a rule is broken.
// What changes nothing makes no new version.
func (s *Service) ChangeEvent(ctx context.Context, organizerID, id string, c EventChange) (Event, error) {
	return serially(func() (Event, error) {
		now := s.options.Clock()
		e, err := s.options.Store.Event(ctx, id)
		if err != nil {
			return Event{}, err
		}
		if err := e.mayChange(organizerID, now); err != nil {
			return Event{}, err
		}
		locationID := e.LocationID
		set(&locationID, c.LocationID)
		loc, err := s.locationOf(ctx, locationID)
		if err != nil {
			return Event{}, err
		}
		changed, err := c.changed(e, loc, now)
		if err != nil || changed == e {
			return changed, err
		}
		changed.Version++
		return changed, s.commitEvent(ctx, contracts.EventChanged, changed, &loc)
	})
}

// changed returns the event as it is to be, if the rules allow it.
func (c EventChange) changed(e Event, loc Location, now time.Time) (Event, error) {
	changed := c.apply(e, loc)
	if err := changed.check(loc, now); err != nil {
		return Event{}, err
	}
	// The booking service may sell on until it hears of the smaller capacity: this check spares most organizers the
	// surprise, the booking service's own inventory keeps every promise made to a buyer.
	if changed.Capacity < e.Capacity && changed.Capacity < e.SeatsTaken {
		return Event{}, fault.New(fault.Conflict, "capacity-below-booked",
			fmt.Sprintf("%d seats are booked already.", e.SeatsTaken))
	}
	return changed, nil
}

// CancelEvent cancels an event of the organizer's, or returns it as it is where it is cancelled already. It returns a
// Forbidden fault where the event is somebody else's and a Conflict one where it is past.
func (s *Service) CancelEvent(ctx context.Context, organizerID, id string) (Event, error) {
	return serially(func() (Event, error) {
		e, err := s.options.Store.Event(ctx, id)
		if err != nil {
			return Event{}, err
		}
		if e.Status == contracts.EventIsCancelled && e.OrganizerID == organizerID {
			return e, nil
		}
		if err := e.mayChange(organizerID, s.options.Clock()); err != nil {
			return Event{}, err
		}
		e.Status = contracts.EventIsCancelled
		e.Version++
		return e, s.commitEvent(ctx, contracts.EventCancelled, e, nil)
	})
}

// locationOf returns the location that a request names; its absence is a mistake in the request.
func (s *Service) locationOf(ctx context.Context, id string) (Location, error) {
	loc, err := s.options.Store.Location(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return Location{}, fault.InvalidField("location_id", "must be the id of a location")
	}
	return loc, err
}

// commitEvent stores one event, checked against a location or independent of it, and its message.
func (s *Service) commitEvent(ctx context.Context, typ string, e Event, at *Location) error {
	m, err := s.eventMessage(ctx, typ, e)
	if err != nil {
		return err
	}
	return s.commit(ctx, Change{At: at, Events: []Event{e}, Messages: []Message{m}})
}
