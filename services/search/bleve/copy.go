package bleve

import (
	"context"
	"fmt"
	"strings"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/myevents/myevents/services/search"
)

const (
	fieldKey  = "_id"
	clearStep = 10_000 // documents removed at a time
)

// Copy implements search.Index.
func (x *Index) Copy(ctx context.Context, after string, limit int) ([]search.Entry, error) {
	var entries []search.Entry
	err := x.read(func(r index.IndexReader) (err error) {
		entries, err = list(ctx, r, after, limit)
		return err
	})
	return entries, err
}

// Clear implements search.Index.
func (x *Index) Clear(ctx context.Context) error {
	for {
		entries, err := x.Copy(ctx, "", clearStep)
		if err != nil || len(entries) == 0 {
			return err
		}
		batch := x.index.NewBatch()
		for _, e := range entries {
			batch.Delete(e.Key())
		}
		if err := x.apply(batch); err != nil {
			return err
		}
	}
}

func list(ctx context.Context, r index.IndexReader, after string, limit int) ([]search.Entry, error) {
	// The zero byte makes the range, which includes its start, begin behind after.
	keys, err := r.FieldDictRange(fieldKey, []byte(after+"\x00"), nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = keys.Close() }() // releases memory only; a read that succeeded stays right
	var entries []search.Entry
	for len(entries) < limit && ctx.Err() == nil {
		key, err := keys.Next()
		if err != nil || key == nil {
			return entries, err
		}
		v, err := version(r, key.Term)
		if err != nil {
			return nil, err
		}
		if v == 0 {
			continue // removed, but still in the dictionary until segments are merged
		}
		kind, id, _ := strings.Cut(key.Term, "/")
		entries = append(entries, search.Entry{Kind: search.Kind(kind), ID: id, Version: v})
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return entries, nil
}
