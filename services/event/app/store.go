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

// openStore opens the store that the URL's scheme names.
func openStore(ctx context.Context, url string, t *telemetry.Telemetry) (store, error) {
	scheme, path, _ := strings.Cut(url, ":")
	switch {
	case scheme != "sqlite":
		return nil, fmt.Errorf("store %q: the scheme must be sqlite, as in sqlite:event.db", scheme)
	case path == "":
		return nil, fmt.Errorf("store %q: a path must follow, as in sqlite:event.db", url)
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Path: path, Telemetry: t})
	if err != nil {
		return nil, err // not s: a nil *Store would not be a nil store
	}
	return s, nil
}
