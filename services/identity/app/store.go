package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/outbox"
	outboxsqlite "github.com/myevents/myevents/platform/outbox/sqlite"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/identity"
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
func openStore(ctx context.Context, rawURL string) (*store, error) {
	scheme, rest, _ := strings.Cut(rawURL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest)
	default:
		return nil, fmt.Errorf("identity store: the scheme is %q, must be sqlite (as sqlite:PATH)", scheme)
	}
}

func openSQLite(ctx context.Context, path string) (*store, error) {
	db, err := sqlite.Open(ctx, sqlite.Options{Path: path, Service: serviceName, Schema: identitysqlite.Schema})
	if err != nil {
		return nil, fmt.Errorf("identity store: %w", err)
	}
	return &store{
		Store: identitysqlite.New(db),
		log:   outboxsqlite.NewLog(db),
		check: func(ctx context.Context) (map[string]any, error) { return db.Stats(), db.Ping(ctx) },
		close: db.Close,
	}, nil
}
