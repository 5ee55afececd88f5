package app

import (
	"context"
	"encoding/json"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/event/pagecache"
)

// seatMessage is the part of a contracts.Booking that says how many seats are left. There are many of these messages.
type seatMessage struct {
	EventID   string              `json:"event_id"`
	Inventory contracts.Inventory `json:"inventory"`
}

// takeSeats hands the seats that a message announces to the keeper.
func takeSeats(seats *event.SeatKeeper) messaging.Handler {
	return func(ctx context.Context, e cloudevent.Event) error {
		var m seatMessage
		if err := json.Unmarshal(e.Data, &m); err != nil {
			return fault.InvalidField("data", "must be a booking").WithCause(err)
		}
		if m.EventID == "" || m.Inventory.Version < 1 || m.Inventory.SeatsTaken < 0 {
			return fault.InvalidField("data", "must name an event and the state of its seats")
		}
		return seats.Set(ctx, event.Seats{EventID: m.EventID, Version: m.Inventory.Version, Taken: m.Inventory.SeatsTaken})
	}
}

// renewPages lets pages be encoded anew, with what another instance has committed.
func renewPages(pages *pagecache.Cache) messaging.Handler {
	return func(context.Context, cloudevent.Event) error {
		pages.Changed()
		return nil
	}
}
