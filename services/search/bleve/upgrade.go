package bleve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/blevesearch/bleve/v2"
	index "github.com/blevesearch/bleve_index_api"

	"github.com/myevents/myevents/services/search"
)

const copyStep = 1000 // documents copied at a time

// oldFiles returns what earlier versions had in the directory of the index: an index without the fields to filter and sort by,
// which at first held bookings too.
func oldFiles(dir string) []string {
	return []string{filepath.Join(dir, "index_meta.json"), filepath.Join(dir, "store")}
}

// copyOld indexes the documents of the old index in the directory, if there is one. Twice is as good as once.
func (x *Index) copyOld(ctx context.Context, dir string, to bleve.Index) (err error) {
	if _, err := os.Stat(oldFiles(dir)[0]); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	old, err := open(dir)
	if err != nil {
		return fmt.Errorf("open old index: %w", err)
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	for after := ""; ; {
		documents, err := storedDocuments(ctx, old, after)
		if err != nil || len(documents) == 0 {
			return err
		}
		if err := x.bookings.apply(ctx, documents); err != nil {
			return err
		}
		batch := to.NewBatch()
		for _, d := range documents {
			after = d.Key()
			if d.Kind != search.KindEvent {
				continue
			}
			if err := batch.Index(after, fields(x.analyzer, d)); err != nil {
				return fmt.Errorf("index %s: %w", after, err)
			}
		}
		if err := to.Batch(batch); err != nil {
			return err
		}
	}
}

// removeOld removes the old index, which has been copied. Without its first file it is none.
func removeOld(dir string) error {
	for _, file := range oldFiles(dir) {
		if err := os.RemoveAll(file); err != nil {
			return fmt.Errorf("remove old index: %w", err)
		}
	}
	return nil
}

// storedDocuments returns the next documents of an index.
func storedDocuments(ctx context.Context, from bleve.Index, after string) (documents []search.Document, err error) {
	err = read(from, func(r index.IndexReader) error {
		entries, err := list(ctx, r, after, copyStep)
		if err != nil {
			return err
		}
		for _, e := range entries {
			d, err := storedDocument(r, e)
			if err != nil {
				return fmt.Errorf("document %s: %w", e.Key(), err)
			}
			documents = append(documents, d)
		}
		return nil
	})
	return documents, err
}

func storedDocument(r index.IndexReader, e search.Entry) (search.Document, error) {
	stored, err := r.Document(e.Key())
	if err != nil {
		return search.Document{}, err
	}
	var data []byte
	stored.VisitFields(func(f index.Field) {
		if f.Name() == fieldDocument {
			data = append(data, f.Value()...)
		}
	})
	if e.Kind == search.KindBooking {
		return search.BookingDocument(data)
	}
	return search.EventDocument(data)
}
