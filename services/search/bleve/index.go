// Package bleve keeps the search index in a directory, with github.com/blevesearch/bleve.
package bleve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/myevents/myevents/services/search"
)

// Index is a search.Index in a directory that this process owns.
type Index struct {
	index   bleve.Index
	close   func() error // closes index once; a second close would panic
	writing sync.Mutex   // held from reading stored versions until their successors are stored
}

// Open opens the index in the directory, or creates it there. It fails where another process has it open.
func Open(dir string) (*Index, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := create(dir); err != nil {
			return nil, fmt.Errorf("create search index %s: %w", dir, err)
		}
	}
	opened, err := bleve.OpenUsing(dir, map[string]any{
		"bolt_timeout":       "1s", // of waiting for another process to close the index
		"numSnapshotsToKeep": 1,
	})
	if err != nil {
		return nil, fmt.Errorf("open search index %s: %w", dir, err)
	}
	return &Index{index: opened, close: sync.OnceValue(opened.Close)}, nil
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

// Stats describes the index for the health page. It fails where the index is closed.
func (x *Index) Stats() (map[string]any, error) {
	count, err := x.index.DocCount()
	return map[string]any{"documents": count}, err
}

// Apply implements search.Index.
func (x *Index) Apply(_ context.Context, documents []search.Document) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	batch := x.index.NewBatch()
	err := x.read(func(r index.IndexReader) error {
		for key, d := range newest(documents) {
			stored, err := version(r, key)
			if err != nil {
				return err
			}
			if stored > d.Version {
				continue
			}
			indexed, err := fields(d)
			if err != nil {
				return err
			}
			if err := batch.Index(key, indexed); err != nil {
				return fmt.Errorf("index %s: %w", key, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return x.apply(batch)
}

// apply stores the batch in one step. It is on disk when Batch returns: scorch has synced its segment by then, and the
// snapshot that names it.
func (x *Index) apply(batch *bleve.Batch) error {
	if batch.Size() == 0 {
		return nil
	}
	return x.index.Batch(batch)
}

// newest returns the documents by key, of each the newest version.
func newest(documents []search.Document) map[string]search.Document {
	byKey := make(map[string]search.Document, len(documents))
	for _, d := range documents {
		if other, ok := byKey[d.Key()]; !ok || d.Version >= other.Version {
			byKey[d.Key()] = d
		}
	}
	return byKey
}

// version returns the stored version of a document; 0 if there is none.
func version(r index.IndexReader, key string) (int64, error) {
	stored, err := r.Document(key)
	if err != nil || stored == nil {
		return 0, err
	}
	var v int64
	stored.VisitFields(func(f index.Field) {
		if f.Name() == fieldVersion {
			v, err = strconv.ParseInt(string(f.Value()), 10, 64)
		}
	})
	if err != nil {
		return 0, fmt.Errorf("version of %s: %w", key, err)
	}
	return v, nil
}

// read calls fn with a reader of the index as it is now.
func (x *Index) read(fn func(index.IndexReader) error) (err error) {
	internal, err := x.index.Advanced()
	if err != nil {
		return err
	}
	r, err := internal.Reader()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return fn(r)
}
