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
	"github.com/myevents/myevents/services/search/elasticsearch"
)

// index is an open index with what belongs to it.
type index struct {
	search.Index
	system    string // db.system.name
	telemetry *telemetry.Telemetry
	check     health.Check
	close     func() error // idempotent
}

// openIndex opens the index that the URL names. New kinds of indexes are added here.
func openIndex(ctx context.Context, rawURL string, t *telemetry.Telemetry) (*index, error) {
	scheme, rest, _ := strings.Cut(rawURL, ":")
	switch scheme {
	case "bleve":
		return openBleve(ctx, rest, t)
	case "elasticsearch":
		return openElasticsearch(ctx, rest, t)
	default:
		return nil, fmt.Errorf("search index: the scheme is %q, must be bleve (as bleve:DIR) or elasticsearch "+
			"(as elasticsearch:http://HOST:PORT/INDEX)", scheme)
	}
}

func openBleve(ctx context.Context, dir string, t *telemetry.Telemetry) (*index, error) {
	opened, err := bleve.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	t.DeclareStore("bleve", "apply", "search")
	return &index{Index: opened, system: "bleve", telemetry: t, check: opened.Stats, close: opened.Close}, nil
}

func openElasticsearch(ctx context.Context, url string, t *telemetry.Telemetry) (*index, error) {
	opened, err := elasticsearch.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	t.DeclareStore("elasticsearch", "apply", "search")
	return &index{Index: opened, system: "elasticsearch", telemetry: t, check: opened.Stats, close: opened.Close}, nil
}

// Apply implements search.Index.
func (x *index) Apply(ctx context.Context, documents []search.Document) (err error) {
	ctx, end := x.telemetry.StartDB(ctx, x.system, "apply", "documents")
	defer func() { end(err) }()
	return x.Index.Apply(ctx, documents)
}

// SearchEvents implements search.Index.
func (x *index) SearchEvents(ctx context.Context, q search.Query) (page search.EventPage, err error) {
	ctx, end := x.telemetry.StartDB(ctx, x.system, "search", "events")
	defer func() { end(err) }()
	return x.Index.SearchEvents(ctx, q)
}

// SearchBookings implements search.Index.
func (x *index) SearchBookings(ctx context.Context, userID string, q search.BookingQuery) (page search.Page[contracts.Booking], err error) {
	ctx, end := x.telemetry.StartDB(ctx, x.system, "search", "bookings")
	defer func() { end(err) }()
	return x.Index.SearchBookings(ctx, userID, q)
}
