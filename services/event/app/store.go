package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/event/sqlite"
)

// store is all that the service keeps.
type store interface {
	event.Store
	Outbox() outbox.Log
	DeadLetters() deadletter.Store
	Check(ctx context.Context) (map[string]any, error) // for the health page
	Close() error
}

// openStore opens the store that the URL names. New kinds of stores are added here.
func openStore(ctx context.Context, rawURL string, t *telemetry.Telemetry) (store, error) {
	scheme, rest, _ := strings.Cut(rawURL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, t)
	default:
		return nil, fmt.Errorf("event store: the scheme is %q, must be sqlite (as sqlite:PATH)", scheme)
	}
}

func openSQLite(ctx context.Context, path string, t *telemetry.Telemetry) (store, error) {
	s, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		return nil, fmt.Errorf("event store: %w", err)
	}
	t.Registerer.MustRegister(s.Metrics()...)
	return newMeasured(s, t, "sqlite"), nil
}
