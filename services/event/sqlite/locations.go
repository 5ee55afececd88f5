package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/event"
)

const (
	selectLocation = `SELECT id, version, revision, organizer_id, name, address, country, opens, closes, halls, created_at FROM locations`
	insertLocation = `
INSERT INTO locations (id, version, revision, organizer_id, name, address, country, opens, closes, halls, created_at)
VALUES (?1, ?2, ?3 + 1, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (id) DO NOTHING`
	updateLocation = `
UPDATE locations SET version = ?2, revision = revision + 1, organizer_id = ?4, name = ?5, address = ?6, country = ?7, opens = ?8,
	closes = ?9, halls = ?10, created_at = ?11
WHERE id = ?1 AND version = ?2 - 1 AND revision = ?3`
	touchLocation = `UPDATE locations SET revision = revision + 1 WHERE id = ?1 AND version = ?2`
)

// Location returns the location, or a NotFound fault.
func (s *Store) Location(ctx context.Context, id string) (event.Location, error) {
	return one("location", s.location.QueryRowContext(ctx, id), scanLocation)
}

// Locations returns at most limit locations by id, beginning behind the id after.
func (s *Store) Locations(ctx context.Context, after string, limit int) ([]event.Location, error) {
	return list(ctx, s, "locations", selectLocation+" WHERE id > ? ORDER BY id LIMIT ?", []any{after, limit}, scanLocation)
}

func putLocation(tx *sqlite.Tx, l event.Location) error {
	halls, err := json.Marshal(l.Halls)
	if err != nil {
		return fmt.Errorf("encode halls: %w", err)
	}
	var opens, closes sql.NullString
	if l.OpeningHours != nil {
		opens = sql.NullString{String: l.OpeningHours.Opens, Valid: true}
		closes = sql.NullString{String: l.OpeningHours.Closes, Valid: true}
	}
	statement := updateLocation
	if l.Version == 1 {
		statement = insertLocation
	}
	return expectOne(tx.Exec(statement, l.ID, l.Version, l.Revision, l.OrganizerID, l.Name, l.Address, l.Country, opens, closes,
		string(halls), l.CreatedAt.UnixMicro()))
}

func scanLocation(row scanner) (event.Location, error) {
	var l event.Location
	var opens, closes sql.NullString
	var halls []byte
	var created int64
	err := row.Scan(&l.ID, &l.Version, &l.Revision, &l.OrganizerID, &l.Name, &l.Address, &l.Country, &opens, &closes, &halls, &created)
	if err != nil {
		return l, err
	}
	if opens.Valid {
		l.OpeningHours = &contracts.OpeningHours{Opens: opens.String, Closes: closes.String}
	}
	l.CreatedAt = time.UnixMicro(created).UTC()
	if err := json.Unmarshal(halls, &l.Halls); err != nil {
		return l, fmt.Errorf("decode halls of %s: %w", l.ID, err)
	}
	return l, nil
}
