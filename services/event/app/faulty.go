package app

import (
	"context"
	"time"

	"github.com/myevents/myevents/platform/faultinjection"
	"github.com/myevents/myevents/services/event"
)

// faulty is a store whose operations are slow or fail while a drill's flags say so.
type faulty struct {
	store
	faults *faultinjection.Service
}

// withFaults returns the store as it is outside of drills.
func withFaults(s store, faults *faultinjection.Service) store {
	if faults == nil {
		return s
	}
	return &faulty{s, faults}
}

func (f *faulty) Location(ctx context.Context, id string) (event.Location, error) {
	if err := f.faults.Store(ctx); err != nil {
		return event.Location{}, err
	}
	return f.store.Location(ctx, id)
}

func (f *faulty) Locations(ctx context.Context, after string, limit int) ([]event.Location, error) {
	if err := f.faults.Store(ctx); err != nil {
		return nil, err
	}
	return f.store.Locations(ctx, after, limit)
}

func (f *faulty) Event(ctx context.Context, id string) (event.Event, error) {
	if err := f.faults.Store(ctx); err != nil {
		return event.Event{}, err
	}
	return f.store.Event(ctx, id)
}

func (f *faulty) Events(ctx context.Context, filter event.Filter, after event.Position, limit int) ([]event.Event, error) {
	if err := f.faults.Store(ctx); err != nil {
		return nil, err
	}
	return f.store.Events(ctx, filter, after, limit)
}

func (f *faulty) Upcoming(ctx context.Context, locationID string, after time.Time) ([]event.Event, error) {
	if err := f.faults.Store(ctx); err != nil {
		return nil, err
	}
	return f.store.Upcoming(ctx, locationID, after)
}

func (f *faulty) Commit(ctx context.Context, c event.Change) error {
	if err := f.faults.Store(ctx); err != nil {
		return err
	}
	return f.store.Commit(ctx, c)
}

func (f *faulty) SaveSeats(ctx context.Context, seats []event.Seats) ([]string, error) {
	if err := f.faults.Store(ctx); err != nil {
		return nil, err
	}
	return f.store.SaveSeats(ctx, seats)
}
