package bleve

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/myevents/myevents/services/search"
)

// applyEvents stores the newest of each event among the documents in one step.
func (x *Index) applyEvents(documents []search.Document) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	batch := x.events.NewBatch()
	err := read(x.events, func(r index.IndexReader) error {
		for key, d := range newestEvents(documents) {
			stored, err := version(r, key)
			if err != nil {
				return err
			}
			if stored > d.Version {
				continue
			}
			if err := batch.Index(key, fields(x.analyzer, d)); err != nil {
				return fmt.Errorf("index %s: %w", key, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return x.write(batch)
}

// write stores the batch in one step. It is on disk when Batch returns: scorch has synced its segment by then, and the
// snapshot that names it.
func (x *Index) write(batch *bleve.Batch) error {
	if batch.Size() == 0 {
		return nil
	}
	return x.events.Batch(batch)
}

// newestEvents returns the events among the documents by key, of each the newest version.
func newestEvents(documents []search.Document) map[string]search.Document {
	byKey := map[string]search.Document{}
	for _, d := range documents {
		if d.Kind != search.KindEvent {
			continue
		}
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

// read calls fn with a reader of the events as they are now.
func read(events bleve.Index, fn func(index.IndexReader) error) (err error) {
	internal, err := events.Advanced()
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
