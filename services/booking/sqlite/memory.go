package sqlite

import (
	"context"
	"fmt"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/booking"
)

// memory is the state of all inventories, as the running transaction leaves it. Only the writer's goroutine touches it.
type memory struct {
	inventories map[string]booking.Inventory // by event id
	changed     map[string]struct{}          // event ids of inventories to be written
	entries     []outbox.Entry               // messages to be written
}

func (m *memory) inventory(eventID string) booking.Inventory {
	i, ok := m.inventories[eventID]
	if !ok {
		i.Event.ID = eventID
	}
	return i
}

// set keeps the inventory; changed says whether its seats have to be written.
func (m *memory) set(i booking.Inventory, changed bool) {
	m.inventories[i.Event.ID] = i
	if changed {
		m.changed[i.Event.ID] = struct{}{}
	}
}

func (m *memory) tell(e outbox.Entry) { m.entries = append(m.entries, e) }

// flush writes what the transaction's functions have left in memory.
func (s *Store) flush(tx *sqlite.Tx) error {
	for id := range s.memory.changed {
		i := s.memory.inventories[id]
		if _, err := tx.Exec(upsertInventory, id, i.Version, i.SeatsTaken); err != nil {
			return fmt.Errorf("write inventory: %w", err)
		}
	}
	return s.outbox.AppendEntries(tx, contracts.TopicBooking, s.memory.entries)
}

func (m *memory) committed() {
	clear(m.changed)
	clear(m.entries) // lets go of the payloads
	m.entries = m.entries[:0]
}

// load replaces the memory by what is committed. Seats of events without a copy are loaded too.
func (s *Store) load(ctx context.Context) error {
	fresh := memory{inventories: map[string]booking.Inventory{}, changed: map[string]struct{}{}}
	rows, err := s.db.Read().QueryContext(ctx, "SELECT event_id, version, seats_taken FROM inventories")
	if err != nil {
		return fmt.Errorf("load inventories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var i booking.Inventory
		if err := rows.Scan(&i.Event.ID, &i.Version, &i.SeatsTaken); err != nil {
			return fmt.Errorf("load inventories: %w", err)
		}
		fresh.inventories[i.Event.ID] = i
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("load inventories: %w", err)
	}
	copied, err := s.selectInventories(ctx, "", noLimit)
	if err != nil {
		return err
	}
	for _, i := range copied {
		fresh.inventories[i.Event.ID] = i
	}
	s.memory = fresh
	return nil
}

func message(b booking.Booking, i booking.Inventory, trace string) (outbox.Entry, error) {
	e, data := b.Message(i, trace)
	document, err := e.EncodeWith(data)
	if err != nil {
		return outbox.Entry{}, err
	}
	return outbox.NewEntry(contracts.TopicBooking, e, document), nil
}
