// Package bleve keeps the search index in a directory: events in an index of github.com/blevesearch/bleve, and bookings
// in an SQLite file beside it, since they are far too many to be indexed (see docs/decisions/0011-bookings-are-not-indexed.md).
package bleve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/matching"
)

// Index is a search.Index in a directory that this process owns.
type Index struct {
	events   bleve.Index
	writing  sync.Mutex // held from reading stored versions of events until their successors are stored
	bookings *bookings
	analyzer analysis.Analyzer // of names, and of what people type to find them
	close    func() error
}

// Open opens the index in the directory, or creates it there; ctx bounds the opening only. It fails where another process
// has it open.
func Open(ctx context.Context, dir string) (*Index, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := create(dir); err != nil {
			return nil, fmt.Errorf("create search index %s: %w", dir, err)
		}
	}
	bookings, err := openBookings(ctx, filepath.Join(dir, "bookings.db"))
	if err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	events, err := bleve.OpenUsing(dir, map[string]any{
		"bolt_timeout":       "1s", // of waiting for another process to close the index
		"numSnapshotsToKeep": 1,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open search index %s: %w", dir, err), bookings.db.Close())
	}
	x := &Index{events: events, bookings: bookings, analyzer: events.Mapping().AnalyzerNamed(matching.Analyzer)}
	x.close = sync.OnceValue(func() error { return errors.Join(events.Close(), bookings.db.Close()) }) // a second close of events panics
	if err := x.moveBookings(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("move bookings of search index %s: %w", dir, err), x.close())
	}
	return x, nil
}

// create makes an empty index elsewhere and moves it to dir as a whole: a crash while it is being made leaves no half
// of an index, which could not be opened.
func create(dir string) error {
	m, err := newMapping()
	if err != nil {
		return err
	}
	temporary := dir + ".new"
	if err := os.RemoveAll(temporary); err != nil {
		return err
	}
	created, err := bleve.NewUsing(temporary, m, scorch.Name, scorch.Name, nil)
	if err != nil {
		return err
	}
	if err := created.Close(); err != nil {
		return err
	}
	return os.Rename(temporary, dir)
}

// Close waits for what is being applied and gives the directory free. It is idempotent.
func (x *Index) Close() error { return x.close() }

// Stats describes the index for the health page. It fails where the index is closed, or bookings cannot be written.
func (x *Index) Stats(ctx context.Context) (map[string]any, error) {
	events, err := x.events.DocCount()
	if err != nil {
		return nil, err
	}
	bookings, err := x.bookings.count(ctx)
	if err != nil {
		return nil, err
	}
	stats := map[string]any{"events": events, "bookings": bookings}
	maps.Copy(stats, x.bookings.db.Stats())
	return stats, x.bookings.db.Ping(ctx)
}

// Apply implements search.Index. A crash may leave it half done, which is no harm: what is not acknowledged comes again.
func (x *Index) Apply(ctx context.Context, documents []search.Document) error {
	if has(documents, search.KindEvent) {
		if err := x.applyEvents(documents); err != nil {
			return fmt.Errorf("events: %w", err)
		}
	}
	if has(documents, search.KindBooking) {
		if err := x.bookings.apply(ctx, documents); err != nil {
			return fmt.Errorf("bookings: %w", err)
		}
	}
	return nil
}

func has(documents []search.Document, kind search.Kind) bool {
	return slices.ContainsFunc(documents, func(d search.Document) bool { return d.Kind == kind })
}
