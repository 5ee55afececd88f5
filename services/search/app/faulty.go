package app

import (
	"context"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/faultinjection"
	"github.com/myevents/myevents/services/search"
)

// faulty is an index whose operations are slow or fail while a drill's flags say so.
type faulty struct {
	search.Index
	faults *faultinjection.Service
}

// withFaults makes the open index one that can fail, in drills.
func withFaults(x *index, faults *faultinjection.Service) *index {
	if faults != nil {
		x.Index = &faulty{x.Index, faults}
	}
	return x
}

func (f *faulty) Apply(ctx context.Context, documents []search.Document) error {
	if err := f.faults.Store(ctx); err != nil {
		return err
	}
	return f.Index.Apply(ctx, documents)
}

func (f *faulty) SearchEvents(ctx context.Context, q search.Query) (search.EventPage, error) {
	if err := f.faults.Store(ctx); err != nil {
		return search.EventPage{}, err
	}
	return f.Index.SearchEvents(ctx, q)
}

func (f *faulty) SearchBookings(ctx context.Context, userID string, q search.BookingQuery) (search.Page[contracts.Booking], error) {
	if err := f.faults.Store(ctx); err != nil {
		return search.Page[contracts.Booking]{}, err
	}
	return f.Index.SearchBookings(ctx, userID, q)
}
