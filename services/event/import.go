package event

import (
	"context"

	"github.com/myevents/myevents/platform/fault"
)

// KnownLocation is a location whose id somebody else has chosen, such as one of the demo data.
type KnownLocation struct {
	ID          string
	OrganizerID string
	NewLocation
}

// KnownEvent is an event whose id somebody else has chosen.
type KnownEvent struct {
	ID          string
	OrganizerID string
	NewEvent
}

// Import creates the locations and events that are not there yet, by id, as their organizers would have done: under the
// same rules and with the same messages. What is there stays as it is, so it can be repeated.
func (s *Service) Import(ctx context.Context, locations []KnownLocation, events []KnownEvent) error {
	for _, l := range locations {
		if err := unlessKnown(ctx, l.ID, s.Location, func() error {
			_, err := s.createLocation(ctx, l.ID, l.OrganizerID, l.NewLocation)
			return err
		}); err != nil {
			return err
		}
	}
	for _, e := range events {
		if err := unlessKnown(ctx, e.ID, s.Event, func() error {
			_, err := s.createEvent(ctx, e.ID, e.OrganizerID, e.NewEvent)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// unlessKnown calls create where find does not find the id.
func unlessKnown[T any](ctx context.Context, id string, find func(context.Context, string) (T, error), create func() error) error {
	_, err := find(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return create()
	}
	return err
}
