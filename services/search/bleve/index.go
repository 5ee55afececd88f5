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
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	// Its lock keeps other processes away from the events, too, which may have to be made first.
	bookings, err := openBookings(ctx, filepath.Join(dir, "bookings.db"))
	if err != nil {
		return nil, fmt.Errorf("open search index: %w", err)
	}
	x := &Index{bookings: bookings}
	if err := x.openEvents(ctx, dir); err != nil {
		return nil, errors.Join(fmt.Errorf("open search index %s: %w", dir, err), bookings.db.Close())
	}
	x.close = sync.OnceValue(func() error { return errors.Join(x.events.Close(), bookings.db.Close()) }) // a second close of events panics
	return x, nil
}

// eventsDir is the directory of the events in that of the index. The number grows with each change of the mapping: bleve keeps
// the mapping with an index, and what was indexed by another one has to be indexed anew.
const eventsDir = "events-2"

func (x *Index) openEvents(ctx context.Context, dir string) (err error) {
	if x.analyzer, err = matching.NewAnalyzer(); err != nil {
		return err
	}
	path := filepath.Join(dir, eventsDir)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := x.create(ctx, path, dir); err != nil {
			return fmt.Errorf("create: %w", err)
		}
	}
	if err := removeOld(dir); err != nil {
		return err
	}
	x.events, err = open(path)
	return err
}

func open(path string) (bleve.Index, error) {
	return bleve.OpenUsing(path, map[string]any{
		"bolt_timeout":       "1s", // of waiting for another process to close the index
		"numSnapshotsToKeep": 1,
	})
}

// create makes an index of events, with those of an old index, elsewhere and moves it to path as a whole: a crash while it is
// being made leaves no half of an index, which could not be opened or would lack events.
func (x *Index) create(ctx context.Context, path, old string) error {
	m, err := newMapping()
	if err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.RemoveAll(temporary); err != nil {
		return err
	}
	created, err := bleve.NewUsing(temporary, m, scorch.Name, scorch.Name, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(x.copyOld(ctx, old, created), created.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
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
