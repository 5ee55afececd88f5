package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/identity"
	identitymongodb "github.com/myevents/myevents/services/identity/mongodb"
	identitysqlite "github.com/myevents/myevents/services/identity/sqlite"
)

// store is an open store with what belongs to it.
type store struct {
	identity.Store
	log   outbox.Log
	check health.Check
	close func() error // idempotent
}

// openStore opens the store that the URL names. New kinds of stores are added here.
func openStore(ctx context.Context, rawURL string, t *telemetry.Telemetry) (*store, error) {
	scheme, rest, _ := strings.Cut(rawURL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, t)
	case "mongodb":
		return openMongoDB(ctx, rawURL, t)
	default:
		return nil, fmt.Errorf("identity store: the scheme is %q, must be sqlite (as sqlite:PATH) or mongodb "+
			"(as mongodb://HOST:PORT/DATABASE)", scheme)
	}
}

func openSQLite(ctx context.Context, path string, t *telemetry.Telemetry) (*store, error) {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path, Service: serviceName, Schema: identitysqlite.Schema})
	if err != nil {
		return nil, fmt.Errorf("identity store: %w", err)
	}
	t.Registerer.MustRegister(db.Metrics()...)
	s := identitysqlite.New(db)
	return &store{
		Store: newMeasured(s, t, "sqlite"),
		log:   s.Outbox(),
		check: func(ctx context.Context) (map[string]any, error) { return db.Stats(), db.Ping(ctx) },
		close: db.Close,
	}, nil
}

func openMongoDB(ctx context.Context, url string, t *telemetry.Telemetry) (*store, error) {
	s, err := identitymongodb.Open(ctx, identitymongodb.Options{URL: url})
	if err != nil {
		return nil, fmt.Errorf("identity store: %w", err)
	}
	t.Registerer.MustRegister(s.Metrics()...)
	return &store{Store: newMeasured(s, t, "mongodb"), log: s.Outbox(), check: s.Check, close: s.Close}, nil
}
