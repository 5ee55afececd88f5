package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/services/booking"
	"github.com/myevents/myevents/services/booking/sqlite"
)

// store is all that the service keeps.
type store interface {
	booking.Store
	Outbox() outbox.Log
	DeadLetters() deadletter.Store
	Stats() map[string]any // for the health page
	Close() error
}

// openStore opens the store that the URL's scheme names.
func openStore(ctx context.Context, url string) (store, error) {
	scheme, path, _ := strings.Cut(url, ":")
	switch {
	case scheme != "sqlite":
		return nil, fmt.Errorf("store %q: the scheme must be sqlite, as in sqlite:booking.db", scheme)
	case path == "":
		return nil, fmt.Errorf("store %q: a path must follow, as in sqlite:booking.db", url)
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		return nil, err // not s: a nil *Store would not be a nil store
	}
	return s, nil
}
