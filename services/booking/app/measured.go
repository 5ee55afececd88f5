package app

import (
	"context"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/booking"
)

// measured puts a span around the store's operations that requests and messages wait for, and observes their durations.
type measured struct {
	store
	telemetry *telemetry.Telemetry
	system    string // db.system.name
}

func newMeasured(s store, t *telemetry.Telemetry, system string) *measured {
	t.DeclareStore(system, "place", "cancel", "select", "list", "apply")
	return &measured{store: s, telemetry: t, system: system}
}

func (m *measured) Place(ctx context.Context, o booking.Order) (b booking.Booking, placed bool, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "place", "bookings")
	defer func() { end(err) }()
	return m.store.Place(ctx, o)
}

func (m *measured) Cancel(ctx context.Context, c booking.Cancellation) (b booking.Booking, cancelled bool, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "cancel", "bookings")
	defer func() { end(err) }()
	return m.store.Cancel(ctx, c)
}

func (m *measured) Booking(ctx context.Context, userID, bookingID string) (b booking.Booking, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "select", "bookings")
	defer func() { end(err) }()
	return m.store.Booking(ctx, userID, bookingID)
}

func (m *measured) Bookings(ctx context.Context, userID, before string, limit int) (page []booking.Booking, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "list", "bookings")
	defer func() { end(err) }()
	return m.store.Bookings(ctx, userID, before, limit)
}

func (m *measured) Apply(ctx context.Context, e contracts.Event) (applied bool, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "apply", "events")
	defer func() { end(err) }()
	return m.store.Apply(ctx, e)
}
