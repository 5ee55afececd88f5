package app

import (
	"context"
	"time"

	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/event"
)

// measured puts a span around the store's operations and observes their durations.
type measured struct {
	store
	telemetry *telemetry.Telemetry
	system    string // db.system.name
}

func newMeasured(s store, t *telemetry.Telemetry, system string) *measured {
	t.DeclareStore(system, "commit", "update", "select")
	return &measured{store: s, telemetry: t, system: system}
}

func (m *measured) Location(ctx context.Context, id string) (l event.Location, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "select", "locations")
	defer func() { end(err) }()
	return m.store.Location(ctx, id)
}

func (m *measured) Locations(ctx context.Context, after string, limit int) (page []event.Location, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "select", "locations")
	defer func() { end(err) }()
	return m.store.Locations(ctx, after, limit)
}

func (m *measured) Event(ctx context.Context, id string) (e event.Event, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "select", "events")
	defer func() { end(err) }()
	return m.store.Event(ctx, id)
}

func (m *measured) Events(ctx context.Context, f event.Filter, after event.Position, limit int) (page []event.Event, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "select", "events")
	defer func() { end(err) }()
	return m.store.Events(ctx, f, after, limit)
}

func (m *measured) Upcoming(ctx context.Context, locationID string, after time.Time) (all []event.Event, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "select", "events")
	defer func() { end(err) }()
	return m.store.Upcoming(ctx, locationID, after)
}

func (m *measured) Commit(ctx context.Context, c event.Change) (err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "commit", "events")
	defer func() { end(err) }()
	return m.store.Commit(ctx, c)
}

func (m *measured) SaveSeats(ctx context.Context, seats []event.Seats) (unknown []string, err error) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, "update", "events")
	defer func() { end(err) }()
	return m.store.SaveSeats(ctx, seats)
}
