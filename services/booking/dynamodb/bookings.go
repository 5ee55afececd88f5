package dynamodb

import (
	"context"
	"fmt"
	"math"

	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/services/booking"
)

// Booking returns the user's booking.
func (s *Store) Booking(ctx context.Context, userID, bookingID string) (booking.Booking, error) {
	i, found, err := s.item(ctx, userID, bookingID)
	if err == nil && !found {
		err = booking.NotFound()
	}
	if err != nil {
		return booking.Booking{}, err
	}
	return i.booking(), nil
}

func (s *Store) item(ctx context.Context, userID, bookingID string) (i bookingItem, found bool, err error) {
	if found, err = s.table.Get(ctx, bookingKey(userID, bookingID), &i); err != nil {
		err = fmt.Errorf("read booking: %w", err)
	}
	return i, found, err
}

// behindAll is the prefix of bookings with its last character counted up: greater than all of them.
const behindAll = "booking$"

// Bookings returns a page of the user's bookings, newest first.
func (s *Store) Bookings(ctx context.Context, userID, before string, limit int) ([]booking.Booking, error) {
	r := dynamodb.Range{Partition: user(userID), Above: bookingPrefix, Below: behindAll, Backwards: true, Limit: limit}
	if before != "" {
		r.Below = bookingPrefix + before
	}
	items, err := dynamodb.List[bookingItem](ctx, s.table, r)
	if err != nil {
		return nil, fmt.Errorf("list bookings: %w", err)
	}
	page := make([]booking.Booking, len(items))
	for i, item := range items {
		page[i] = item.booking()
	}
	return page, nil
}

const auditPage = 500

// Audit reads the inventories and then the whole table of bookings. Of a booking it counts what the inventory that it has
// read knows of: what was sold in the meantime makes no difference.
func (s *Store) Audit(ctx context.Context) (mismatches map[string]int, err error) {
	seen := map[string]inventoryItem{}
	for after := ""; ; {
		ids, items, err := s.inventories(ctx, after, auditPage)
		if err != nil {
			return nil, fmt.Errorf("audit: %w", err)
		}
		for _, id := range ids {
			i, there := items[id]
			if !there { // it was with its entry; whatever is booked is too much
				i.Version = math.MaxInt64
			}
			seen[id] = i
		}
		if len(ids) < auditPage {
			break
		}
		after = ids[len(ids)-1]
	}
	booked, err := s.booked(ctx, seen)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	for id, i := range seen {
		if i.SeatsTaken == booked[id] {
			continue
		}
		if mismatches == nil {
			mismatches = map[string]int{}
		}
		mismatches[id] = abs(i.SeatsTaken - booked[id])
	}
	return mismatches, nil
}

// booked sums up the seats of bookings, by event id, as they were at the inventories' versions.
func (s *Store) booked(ctx context.Context, at map[string]inventoryItem) (map[string]int, error) {
	booked := map[string]int{}
	err := dynamodb.Scan(ctx, s.table, bookingPrefix, func(b bookingItem) {
		booked[b.EventID] += b.seatsAt(at[b.EventID].Version)
	})
	return booked, err
}

func abs(n int) int { return max(n, -n) }
