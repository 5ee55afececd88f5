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
	clearStep = 10_000 // events removed at a time
)

// Copy implements search.Index. The keys of bookings come before those of events.
func (x *Index) Copy(ctx context.Context, after string, limit int) ([]search.Entry, error) {
	var entries []search.Entry
	if id, ok := followedByBookings(after); ok {
		bookings, err := x.bookings.list(ctx, id, limit)
		if err != nil {
			return nil, fmt.Errorf("list bookings: %w", err)
		}
		entries = bookings
	}
	if len(entries) == limit {
		return entries, nil
	}
	events, err := x.listEvents(ctx, after, limit-len(entries))
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return append(entries, events...), nil
}

// followedByBookings returns the id behind which bookings follow the key, where any may: "" for all of them.
func followedByBookings(key string) (id string, ok bool) {
	prefix := search.Entry{Kind: search.KindBooking}.Key()
	if id, ok = strings.CutPrefix(key, prefix); ok {
		return id, true
	}
	return "", key < prefix
}

// Clear implements search.Index.
func (x *Index) Clear(ctx context.Context) error {
	if err := x.bookings.clear(ctx); err != nil {
		return fmt.Errorf("clear bookings: %w", err)
	}
	for {
		events, err := x.listEvents(ctx, "", clearStep)
		if err != nil || len(events) == 0 {
			return err
		}
		batch := x.events.NewBatch()
		for _, e := range events {
			batch.Delete(e.Key())
		}
		if err := x.write(batch); err != nil {
			return fmt.Errorf("clear events: %w", err)
		}
	}
}

func (x *Index) listEvents(ctx context.Context, after string, limit int) ([]search.Entry, error) {
	var entries []search.Entry
	err := read(x.events, func(r index.IndexReader) (err error) {
		entries, err = list(ctx, r, after, limit)
		return err
	})
	return entries, err
}

// list lists up to limit entries of r whose keys follow after, in the order of keys.
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
	return entries, ctx.Err()
}
