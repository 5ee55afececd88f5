package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/myevents/myevents/platform/deadletter"
	deadlettermongodb "github.com/myevents/myevents/platform/deadletter/mongodb"
	deadlettersqlite "github.com/myevents/myevents/platform/deadletter/sqlite"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/mongodb"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/platform/telemetry"
)

// store is the open store of dead letters: all that this service keeps besides its index.
type store struct {
	letters deadletter.Store
	check   health.Check
	close   func() error // idempotent
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
		return nil, fmt.Errorf("search store: the scheme is %q, must be sqlite (as sqlite:PATH) or mongodb "+
			"(as mongodb://HOST:PORT/DATABASE)", scheme)
	}
}

func openSQLite(ctx context.Context, path string, t *telemetry.Telemetry) (*store, error) {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path, Service: serviceName, Schema: deadlettersqlite.Schema})
	if err != nil {
		return nil, fmt.Errorf("search store: %w", err)
	}
	t.Registerer.MustRegister(db.Metrics()...)
	return &store{
		letters: deadlettersqlite.New(db),
		check:   func(ctx context.Context) (map[string]any, error) { return db.Stats(), db.Ping(ctx) },
		close:   db.Close,
	}, nil
}

func openMongoDB(ctx context.Context, url string, t *telemetry.Telemetry) (*store, error) {
	db, err := mongodb.Open(ctx, mongodb.Options{URL: url, Service: serviceName})
	if err != nil {
		return nil, fmt.Errorf("search store: %w", err)
	}
	t.Registerer.MustRegister(db.Metrics()...)
	return &store{
		letters: deadlettermongodb.New(db),
		check:   func(ctx context.Context) (map[string]any, error) { return db.Stats(), db.Ping(ctx) },
		close:   db.Close,
	}, nil
}
