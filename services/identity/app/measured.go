package app

import (
	"context"
	"errors"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/identity"
)

// measured puts a span around the store's operations and observes their durations.
type measured struct {
	identity.Store
	telemetry *telemetry.Telemetry
	system    string // db.system.name
}

func newMeasured(s identity.Store, t *telemetry.Telemetry, system string) *measured {
	t.DeclareStore(system, "insert", "select", "update", "delete")
	return &measured{Store: s, telemetry: t, system: system}
}

// start begins an operation. Its end is no failure where the store answers what its callers are prepared for.
func (m *measured) start(ctx context.Context, operation, collection string) (context.Context, func(error)) {
	ctx, end := m.telemetry.StartDB(ctx, m.system, operation, collection)
	return ctx, func(err error) {
		if errors.Is(err, identity.ErrPasswordChanged) || errors.Is(err, identity.ErrKeyExists) {
			err = nil
		}
		end(err)
	}
}

func (m *measured) CreateUser(ctx context.Context, u identity.User, registered cloudevent.Event) (err error) {
	ctx, end := m.start(ctx, "insert", "users")
	defer func() { end(err) }()
	return m.Store.CreateUser(ctx, u, registered)
}

func (m *measured) User(ctx context.Context, id string) (u identity.User, err error) {
	ctx, end := m.start(ctx, "select", "users")
	defer func() { end(err) }()
	return m.Store.User(ctx, id)
}

func (m *measured) UserByEmail(ctx context.Context, email string) (u identity.User, err error) {
	ctx, end := m.start(ctx, "select", "users")
	defer func() { end(err) }()
	return m.Store.UserByEmail(ctx, email)
}

func (m *measured) SetRoles(
	ctx context.Context, userID string, roles []string, ending identity.Ending,
) (u identity.User, ended []identity.Session, err error) {
	ctx, end := m.start(ctx, "update", "users")
	defer func() { end(err) }()
	return m.Store.SetRoles(ctx, userID, roles, ending)
}

func (m *measured) ChangePassword(
	ctx context.Context, userID, oldHash, newHash string, ending identity.Ending,
) (ended []identity.Session, err error) {
	ctx, end := m.start(ctx, "update", "users")
	defer func() { end(err) }()
	return m.Store.ChangePassword(ctx, userID, oldHash, newHash, ending)
}

func (m *measured) CreateSession(ctx context.Context, s identity.Session, passwordHash string) (u identity.User, err error) {
	ctx, end := m.start(ctx, "insert", "sessions")
	defer func() { end(err) }()
	return m.Store.CreateSession(ctx, s, passwordHash)
}

func (m *measured) RenewSession(ctx context.Context, id string, at, tokenExpires time.Time) (u identity.User, err error) {
	ctx, end := m.start(ctx, "update", "sessions")
	defer func() { end(err) }()
	return m.Store.RenewSession(ctx, id, at, tokenExpires)
}

func (m *measured) EndSession(ctx context.Context, id string, ending identity.Ending) (ended []identity.Session, err error) {
	ctx, end := m.start(ctx, "update", "sessions")
	defer func() { end(err) }()
	return m.Store.EndSession(ctx, id, ending)
}

func (m *measured) Revoked(ctx context.Context, at time.Time) (ended []identity.Session, err error) {
	ctx, end := m.start(ctx, "select", "sessions")
	defer func() { end(err) }()
	return m.Store.Revoked(ctx, at)
}

func (m *measured) Keys(ctx context.Context) (keys []identity.SigningKey, err error) {
	ctx, end := m.start(ctx, "select", "keys")
	defer func() { end(err) }()
	return m.Store.Keys(ctx)
}

func (m *measured) AddKey(ctx context.Context, k identity.SigningKey) (err error) {
	ctx, end := m.start(ctx, "insert", "keys")
	defer func() { end(err) }()
	return m.Store.AddKey(ctx, k)
}

func (m *measured) Forget(ctx context.Context, sequence int64, before time.Time) (err error) {
	ctx, end := m.start(ctx, "delete", "sessions")
	defer func() { end(err) }()
	return m.Store.Forget(ctx, sequence, before)
}
