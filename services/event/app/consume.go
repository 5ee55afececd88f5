package app

import (
	"context"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/pagecache"
	"github.com/myevents/myevents/services/event"
)

// takeSeats saves the seats that bookings announce, those of a batch in one commit.
func takeSeats(service *event.Service) messaging.BatchHandler {
	return func(ctx context.Context, batch []cloudevent.Event) []error {
		errs := make([]error, len(batch))
		var seats []event.Seats
		var from []int // indexes of their messages in the batch
		for i, e := range batch {
			var s event.Seats
			if s, errs[i] = decodeSeats(e); errs[i] == nil {
				seats, from = append(seats, s), append(from, i)
			}
		}
		for n, err := range service.TakeSeats(ctx, seats) {
			errs[from[n]] = err
		}
		return errs
	}
}

func decodeSeats(e cloudevent.Event) (event.Seats, error) {
	m, err := contracts.DecodeBooking(e.Data)
	if err != nil {
		return event.Seats{}, fault.InvalidField("data", "must be a booking").WithCause(err)
	}
	if m.EventID == "" || m.Inventory.Version < 1 || m.Inventory.SeatsTaken < 0 {
		return event.Seats{}, fault.InvalidField("data", "must name an event and the state of its seats")
	}
	return event.Seats{EventID: m.EventID, Version: m.Inventory.Version, Taken: m.Inventory.SeatsTaken}, nil
}

// renewPages lets pages be encoded anew, with what another instance has committed.
func renewPages(pages *pagecache.Cache) messaging.Handler {
	return func(context.Context, cloudevent.Event) error {
		pages.Changed()
		return nil
	}
}
