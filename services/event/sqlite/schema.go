package sqlite

// schema holds times as Unix microseconds. The indexes give every filter with few hits, and the list without one, its
// order for nothing: a page costs the same wherever it is in the list.
const schema = `
CREATE TABLE IF NOT EXISTS locations (
	id           TEXT PRIMARY KEY,
	version      INTEGER NOT NULL,
	revision     INTEGER NOT NULL, -- counts commits that touched the location or its events
	organizer_id TEXT NOT NULL,
	name         TEXT NOT NULL,
	address      TEXT NOT NULL,
	country      TEXT NOT NULL,
	opens        TEXT,
	closes       TEXT,
	halls        TEXT NOT NULL, -- JSON
	created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
	id                TEXT PRIMARY KEY,
	version           INTEGER NOT NULL,
	organizer_id      TEXT NOT NULL,
	name              TEXT NOT NULL,
	folded_name       TEXT NOT NULL, -- in lower case, for finding
	starts_at         INTEGER NOT NULL,
	ends_at           INTEGER NOT NULL,
	location_id       TEXT NOT NULL REFERENCES locations,
	location_name     TEXT NOT NULL,
	country           TEXT NOT NULL,
	hall              TEXT NOT NULL,
	capacity          INTEGER NOT NULL,
	price_amount      INTEGER NOT NULL,
	price_currency    TEXT NOT NULL,
	status            TEXT NOT NULL,
	seats_taken       INTEGER NOT NULL DEFAULT 0,
	inventory_version INTEGER NOT NULL DEFAULT 0, -- of the message seats_taken is from
	created_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_by_start ON events (starts_at, id);
CREATE INDEX IF NOT EXISTS events_by_organizer ON events (organizer_id, starts_at, id);
CREATE INDEX IF NOT EXISTS events_by_location ON events (location_id, starts_at, id);
CREATE INDEX IF NOT EXISTS events_by_country ON events (country, starts_at, id);
`
