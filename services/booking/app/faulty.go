package app

import (
	"context"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/faultinjection"
	"github.com/myevents/myevents/services/booking"
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

func (f *faulty) Place(ctx context.Context, o booking.Order) (booking.Booking, bool, error) {
	if err := f.faults.Store(ctx); err != nil {
		return booking.Booking{}, false, err
	}
	return f.store.Place(ctx, o)
}

func (f *faulty) Cancel(ctx context.Context, c booking.Cancellation) (booking.Booking, bool, error) {
	if err := f.faults.Store(ctx); err != nil {
		return booking.Booking{}, false, err
	}
	return f.store.Cancel(ctx, c)
}

func (f *faulty) Booking(ctx context.Context, userID, bookingID string) (booking.Booking, error) {
	if err := f.faults.Store(ctx); err != nil {
		return booking.Booking{}, err
	}
	return f.store.Booking(ctx, userID, bookingID)
}

func (f *faulty) Bookings(ctx context.Context, userID, before string, limit int) ([]booking.Booking, error) {
	if err := f.faults.Store(ctx); err != nil {
		return nil, err
	}
	return f.store.Bookings(ctx, userID, before, limit)
}

func (f *faulty) Apply(ctx context.Context, e contracts.Event) (bool, error) {
	if err := f.faults.Store(ctx); err != nil {
		return false, err
	}
	return f.store.Apply(ctx, e)
}
