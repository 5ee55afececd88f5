package sqlite

import (
	"context"
	"fmt"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/booking"
)

const noLimit = -1 // as LIMIT understands it

// Apply takes the event into the copy if it is newer.
func (s *Store) Apply(ctx context.Context, e contracts.Event) (applied bool, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) (err error) {
		applied = e.Version > s.memory.inventory(e.ID).Event.Version
		if !applied {
			return nil
		}
		return s.copy(tx, e)
	})
	return applied, err
}

// Restore takes the events into the copy unless it is newer, in one transaction.
func (s *Store) Restore(ctx context.Context, events []contracts.Event) (applied int, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		applied = 0
		for _, e := range events {
			if e.Version < s.memory.inventory(e.ID).Event.Version {
				continue
			}
			if err := s.copy(tx, e); err != nil {
				return err
			}
			applied++
		}
		return nil
	})
	return applied, err
}

func (s *Store) copy(tx *sqlite.Tx, e contracts.Event) error {
	i := s.memory.inventory(e.ID)
	i.Event = booking.CopyOf(e)
	_, err := tx.Exec(upsertEvent, e.ID, e.Version, e.Name, micro(e.StartsAt), e.Capacity, e.Price.Amount, e.Price.Currency, e.Status)
	if err != nil {
		return fmt.Errorf("write copy of event: %w", err)
	}
	s.memory.set(i, false)
	return nil
}

// Forget removes events from the copy.
func (s *Store) Forget(ctx context.Context, eventIDs []string) (removed int, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		removed = 0
		for _, id := range eventIDs {
			n, err := tx.Exec("DELETE FROM events WHERE id = ?", id)
			if err != nil {
				return fmt.Errorf("remove copy of event: %w", err)
			}
			removed += int(n)
			s.memory.forget(id)
		}
		return nil
	})
	return removed, err
}

// ForgetAll removes the whole copy.
func (s *Store) ForgetAll(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *sqlite.Tx) error {
		if _, err := tx.Exec("DELETE FROM events"); err != nil {
			return fmt.Errorf("remove copy of events: %w", err)
		}
		for id := range s.memory.inventories {
			s.memory.forget(id)
		}
		return nil
	})
}

func (m *memory) forget(eventID string) {
	i := m.inventory(eventID)
	i.Event = booking.Event{ID: eventID}
	m.set(i, false)
}

// Inventories returns a page of the inventories that have a copy of their event.
func (s *Store) Inventories(ctx context.Context, after string, limit int) ([]booking.Inventory, error) {
	return s.selectInventories(ctx, after, limit)
}

func (s *Store) selectInventories(ctx context.Context, after string, limit int) ([]booking.Inventory, error) {
	rows, err := s.db.Read().QueryContext(ctx, selectInventories, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read inventories: %w", err)
	}
	defer rows.Close()
	var page []booking.Inventory
	for rows.Next() {
		var i booking.Inventory
		var starts int64
		err := rows.Scan(&i.Event.ID, &i.Event.Version, &i.Event.Name, &starts, &i.Event.Capacity, &i.Event.Price.Amount,
			&i.Event.Price.Currency, &i.Event.Status, &i.Version, &i.SeatsTaken)
		if err != nil {
			return nil, fmt.Errorf("read inventories: %w", err)
		}
		i.Event.StartsAt = instant(starts)
		page = append(page, i)
	}
	return page, rows.Err()
}
