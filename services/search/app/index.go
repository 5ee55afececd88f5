package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/bleve"
)

// index is an open index with what belongs to it. Searches have spans of their own; what is applied belongs to many
// traces at once, and shows in those of the messages.
type index struct {
	search.Index
	system    string // db.system.name
	telemetry *telemetry.Telemetry
	check     health.Check
	close     func() error // idempotent
}

// openIndex opens the index that the URL names. New kinds of indexes are added here.
func openIndex(rawURL string, t *telemetry.Telemetry) (*index, error) {
	scheme, rest, _ := strings.Cut(rawURL, ":")
	switch scheme {
	case "bleve":
		return openBleve(rest, t)
	default:
		return nil, fmt.Errorf("search index: the scheme is %q, must be bleve (as bleve:DIR)", scheme)
	}
}

func openBleve(dir string, t *telemetry.Telemetry) (*index, error) {
	opened, err := bleve.Open(dir)
	if err != nil {
		return nil, err
	}
	return &index{
		Index: opened, system: "bleve", telemetry: t,
		check: func(context.Context) (map[string]any, error) { return opened.Stats() },
		close: opened.Close,
	}, nil
}

// SearchEvents implements search.Index.
func (x *index) SearchEvents(ctx context.Context, q search.Query) (page search.Page[contracts.Event], err error) {
	ctx, end := x.telemetry.StartDB(ctx, x.system, "search", "events")
	defer func() { end(err) }()
	return x.Index.SearchEvents(ctx, q)
}

// SearchBookings implements search.Index.
func (x *index) SearchBookings(ctx context.Context, userID string, q search.Query) (page search.Page[contracts.Booking], err error) {
	ctx, end := x.telemetry.StartDB(ctx, x.system, "search", "bookings")
	defer func() { end(err) }()
	return x.Index.SearchBookings(ctx, userID, q)
}
