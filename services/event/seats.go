package event

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

const seatsTimeout = 5 * time.Second // of a commit

// TakeSeats keeps the seats that the booking service announces, in one commit; of several announcements of an event, and
// of those that are known, the newest counts. Bookings come by the thousand a second and mostly for the same few events, so
// that a commit for each would be a waste.
//
// It returns nil where all is durable, and otherwise an error, or nil, for each announcement. That of an event that is not
// known (yet) may have overtaken the event's own message, so it is worth another try.
func (s *Service) TakeSeats(ctx context.Context, announced []Seats) []error {
	newest := make(map[string]Seats, len(announced))
	for _, a := range announced {
		if known, ok := newest[a.EventID]; !ok || known.Version < a.Version {
			newest[a.EventID] = a
		}
	}
	if len(newest) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, seatsTimeout)
	defer cancel()
	unknown, err := s.options.Store.SaveSeats(ctx, slices.Collect(maps.Values(newest)))
	if err == nil {
		s.options.Moved()
	}
	if err == nil && len(unknown) == 0 {
		return nil
	}
	errs := make([]error, len(announced))
	for i, a := range announced {
		switch {
		case err != nil:
			errs[i] = fmt.Errorf("save seats: %w", err)
		case slices.Contains(unknown, a.EventID):
			errs[i] = fmt.Errorf("seats of event %s: the event is not known yet", a.EventID)
		}
	}
	return errs
}
