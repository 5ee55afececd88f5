package bleve

import (
	"context"
	"fmt"

	index "github.com/blevesearch/bleve_index_api"

	"github.com/myevents/myevents/services/search"
)

const moveStep = 1000 // bookings moved at a time

// moveBookings moves the bookings that an earlier version has put into the index of events. A crash on the way is no harm:
// what was not moved is found at the next start, and what was moved twice is stored once.
func (x *Index) moveBookings(ctx context.Context) error {
	for after := ""; ; {
		bookings, err := x.indexedBookings(ctx, after)
		if err != nil || len(bookings) == 0 {
			return err
		}
		if err := x.bookings.apply(ctx, bookings); err != nil {
			return err
		}
		batch := x.events.NewBatch()
		for _, b := range bookings {
			batch.Delete(b.Key())
			after = b.Key()
		}
		if err := x.write(batch); err != nil {
			return err
		}
	}
}

// indexedBookings returns the next bookings in the index of events.
func (x *Index) indexedBookings(ctx context.Context, after string) (bookings []search.Document, err error) {
	err = x.read(func(r index.IndexReader) error {
		entries, err := list(ctx, r, after, []byte(search.KindBooking+"0"), moveStep) // in ASCII, 0 follows the keys' slash
		if err != nil {
			return err
		}
		for _, e := range entries {
			d, err := storedBooking(r, e.Key())
			if err != nil {
				return fmt.Errorf("booking %s: %w", e.ID, err)
			}
			bookings = append(bookings, d)
		}
		return nil
	})
	return bookings, err
}

func storedBooking(r index.IndexReader, key string) (search.Document, error) {
	stored, err := r.Document(key)
	if err != nil {
		return search.Document{}, err
	}
	var data []byte
	stored.VisitFields(func(f index.Field) {
		if f.Name() == fieldDocument {
			data = append(data, f.Value()...)
		}
	})
	return search.BookingDocument(data)
}
