package booking

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

// ApplyEvent handles a message about an event. Messages may come twice and in any order: the newest version wins.
func (s *Service) ApplyEvent(ctx context.Context, e cloudevent.Event) error {
	event, err := decodeEvent(e)
	if err != nil {
		return err
	}
	_, err = s.Store.Apply(ctx, event)
	return err
}

func decodeEvent(e cloudevent.Event) (contracts.Event, error) {
	var event contracts.Event
	if err := json.Unmarshal(e.Data, &event); err != nil {
		return event, fault.InvalidField("data", "must be an event").WithCause(err)
	}
	if event.ID == "" || event.Version < 1 {
		return event, fault.InvalidField("data", "must have an id and a version")
	}
	return event, nil
}

// Replayed is the result of a Replay.
type Replayed struct {
	Applied int `json:"applied"` // events taken into the copy
	Removed int `json:"removed"` // events of the copy that their owner does not know
}

const replayChunk = 500 // events a step: selling goes on between the steps

// Feed hands the messages of a log to apply, in order, and ends with apply's first error.
type Feed func(ctx context.Context, apply func(topic string, e cloudevent.Event) error) error

// Replay rebuilds the copy of the events from their owner's log.
func (s *Service) Replay(ctx context.Context, feed Feed) (Replayed, error) {
	// What is in the copy by now was in the log before: an event that arrives while the feed is read is not swept.
	unknown, err := s.copied(ctx)
	if err != nil {
		return Replayed{}, err
	}
	newest := map[string]contracts.Event{}
	err = feed(ctx, func(topic string, e cloudevent.Event) error {
		if topic != contracts.TopicEvent {
			return nil
		}
		event, err := decodeEvent(e)
		if err != nil {
			return err
		}
		if event.Version >= newest[event.ID].Version {
			newest[event.ID] = event
		}
		delete(unknown, event.ID)
		return nil
	})
	if err != nil {
		return Replayed{}, err
	}
	return s.rebuild(ctx, newest, unknown)
}

func (s *Service) rebuild(ctx context.Context, newest map[string]contracts.Event, unknown map[string]bool) (Replayed, error) {
	var r Replayed
	for chunk := range slices.Chunk(slices.Collect(maps.Values(newest)), replayChunk) {
		n, err := s.Store.Restore(ctx, chunk)
		if err != nil {
			return r, err
		}
		r.Applied += n
	}
	removed, err := s.Store.Forget(ctx, slices.Collect(maps.Keys(unknown)))
	r.Removed = removed
	return r, err
}

// copied returns the ids of the events in the copy.
func (s *Service) copied(ctx context.Context) (map[string]bool, error) {
	ids := map[string]bool{}
	err := s.EachInventory(ctx, func(i Inventory) { ids[i.Event.ID] = true })
	return ids, err
}

// EachInventory calls fn with every inventory that has a copy of its event, by the event's id.
func (s *Service) EachInventory(ctx context.Context, fn func(Inventory)) error {
	for after := ""; ; {
		page, err := s.Store.Inventories(ctx, after, replayChunk)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, i := range page {
			fn(i)
		}
		after = page[len(page)-1].Event.ID
	}
}
