package sqlite

import (
	"context"
	"strings"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/event"
)

const (
	selectEvent = `SELECT id, version, organizer_id, name, starts_at, ends_at, location_id, location_name, country, hall, capacity,
	price_amount, price_currency, status, seats_taken, created_at FROM events`
	insertEvent = `
INSERT INTO events (id, version, organizer_id, name, folded_name, starts_at, ends_at, location_id, location_name, country, hall,
	capacity, price_amount, price_currency, status, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT (id) DO NOTHING`
	updateEvent = `
UPDATE events SET version = ?2, organizer_id = ?3, name = ?4, folded_name = ?5, starts_at = ?6, ends_at = ?7, location_id = ?8,
	location_name = ?9, country = ?10, hall = ?11, capacity = ?12, price_amount = ?13, price_currency = ?14, status = ?15, created_at = ?16
WHERE id = ?1 AND version = ?2 - 1`
	saveSeats = `UPDATE events SET seats_taken = ?3, inventory_version = ?2 WHERE id = ?1 AND inventory_version < ?2`
)

// Event returns the event, or a NotFound fault.
func (s *Store) Event(ctx context.Context, id string) (event.Event, error) {
	return one("event", s.event.QueryRowContext(ctx, id), scanEvent)
}

// Events returns at most limit of the events that match, by start and id, beginning behind a position.
func (s *Store) Events(ctx context.Context, f event.Filter, after event.Position, limit int) ([]event.Event, error) {
	var c conditions
	c.addIf(after != event.Position{}, "(starts_at, id) > (?, ?)", after.StartsAt.UnixMicro(), after.ID)
	c.addIf(len(f.IDs) > 0, "id IN (?"+strings.Repeat(", ?", max(0, len(f.IDs)-1))+")", anys(f.IDs)...)
	c.addIf(!f.From.IsZero(), "starts_at >= ?", ceilMicro(f.From))
	c.addIf(!f.To.IsZero(), "starts_at < ?", ceilMicro(f.To))
	c.addIf(f.OrganizerID != "", "organizer_id = ?", f.OrganizerID)
	c.addIf(f.LocationID != "", "location_id = ?", f.LocationID)
	c.addIf(f.Country != "", "country = ?", f.Country)
	c.addIf(f.MinSeatsLeft > 0, "capacity - seats_taken >= ?", f.MinSeatsLeft)
	// instr instead of LIKE: nothing to escape, and Go folds more than ASCII.
	c.addIf(f.Name != "", "instr(folded_name, ?) > 0", strings.ToLower(f.Name))
	query := selectEvent + c.where() + " ORDER BY starts_at, id LIMIT ?"
	return list(ctx, s, "events", query, append(c.args, limit), scanEvent)
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}

// Upcoming returns the scheduled events at a location that start after an instant.
func (s *Store) Upcoming(ctx context.Context, locationID string, after time.Time) ([]event.Event, error) {
	query := selectEvent + " WHERE location_id = ? AND starts_at > ? AND status = ? ORDER BY starts_at, id"
	return list(ctx, s, "events", query, []any{locationID, after.UnixMicro(), contracts.EventScheduled}, scanEvent)
}

func putEvent(tx *sqlite.Tx, e event.Event) error {
	statement := updateEvent
	if e.Version == 1 {
		statement = insertEvent
	}
	return expectOne(tx.Exec(statement, e.ID, e.Version, e.OrganizerID, e.Name, strings.ToLower(e.Name), e.StartsAt.UnixMicro(),
		e.EndsAt.UnixMicro(), e.LocationID, e.LocationName, e.Country, e.Hall, e.Capacity, e.Price.Amount, e.Price.Currency,
		e.Status, e.CreatedAt.UnixMicro()))
}

func scanEvent(row scanner) (event.Event, error) {
	var e event.Event
	var starts, ends, created int64
	err := row.Scan(&e.ID, &e.Version, &e.OrganizerID, &e.Name, &starts, &ends, &e.LocationID, &e.LocationName, &e.Country, &e.Hall,
		&e.Capacity, &e.Price.Amount, &e.Price.Currency, &e.Status, &e.SeatsTaken, &created)
	e.StartsAt, e.EndsAt, e.CreatedAt = time.UnixMicro(starts).UTC(), time.UnixMicro(ends).UTC(), time.UnixMicro(created).UTC()
	return e, err
}

// ceilMicro returns the first stored instant that is not before t.
func ceilMicro(t time.Time) int64 {
	return t.Add(time.Microsecond - time.Nanosecond).UnixMicro()
}

// conditions are the terms of a WHERE clause.
type conditions struct {
	terms []string
	args  []any
}

func (c *conditions) addIf(wanted bool, term string, args ...any) {
	if wanted {
		c.terms = append(c.terms, term)
		c.args = append(c.args, args...)
	}
}

func (c *conditions) where() string {
	if len(c.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.terms, " AND ")
}
