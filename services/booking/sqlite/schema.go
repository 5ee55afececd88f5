package sqlite

// schema: seq and ids grow with time, so that the table and the index of ids grow at their ends. In the index of keys each
// booking writes to a page of its own; it also finds the bookings of a user, which are then sorted. One more, by user and
// id, would spare that, and make a booking cost half as much again (docs/decisions/0010-the-writer-calls-sqlite-itself.md).
const schema = `
CREATE TABLE IF NOT EXISTS events (
	id         TEXT PRIMARY KEY,
	version    INTEGER NOT NULL,
	name       TEXT NOT NULL,
	starts_at  INTEGER NOT NULL,
	capacity   INTEGER NOT NULL,
	price      INTEGER NOT NULL,
	currency   TEXT NOT NULL,
	status     TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS inventories (
	event_id    TEXT PRIMARY KEY,
	version     INTEGER NOT NULL,
	seats_taken INTEGER NOT NULL CHECK (seats_taken >= 0)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS bookings (
	seq             INTEGER PRIMARY KEY,
	id              TEXT NOT NULL,
	version         INTEGER NOT NULL,
	user_id         TEXT NOT NULL,
	idempotency_key TEXT NOT NULL,
	event_id        TEXT NOT NULL,
	event_name      TEXT NOT NULL,
	starts_at       INTEGER NOT NULL,
	seats           INTEGER NOT NULL,
	status          TEXT NOT NULL,
	reason          TEXT NOT NULL,
	price           INTEGER NOT NULL, -- of all seats
	currency        TEXT NOT NULL,
	created_at      INTEGER NOT NULL,
	cancelled_at    INTEGER NOT NULL -- 0: not cancelled
);
CREATE UNIQUE INDEX IF NOT EXISTS bookings_by_key ON bookings (user_id, idempotency_key);
CREATE UNIQUE INDEX IF NOT EXISTS bookings_by_id ON bookings (id);
`

const (
	insertBooking = `INSERT INTO bookings (id, version, user_id, idempotency_key, event_id, event_name, starts_at, seats, status, reason,
	price, currency, created_at, cancelled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
	ON CONFLICT (user_id, idempotency_key) DO NOTHING`

	cancelBooking = `UPDATE bookings SET version = ?, status = ?, cancelled_at = ? WHERE user_id = ? AND id = ?`

	selectBooking = `SELECT id, version, user_id, event_id, event_name, starts_at, seats, status, reason, price, currency, created_at,
	cancelled_at FROM bookings `
	bookingByKey = selectBooking + "WHERE user_id = ? AND idempotency_key = ?"
	bookingByID  = selectBooking + "WHERE user_id = ? AND id = ?"
	// The index that is in the right order already would lead through the bookings of everybody else.
	bookingsOfUser = selectBooking + "INDEXED BY bookings_by_key WHERE user_id = ? AND id < ? ORDER BY id DESC LIMIT ?"

	upsertInventory = `INSERT INTO inventories (event_id, version, seats_taken) VALUES (?1, ?2, ?3)
	ON CONFLICT (event_id) DO UPDATE SET version = ?2, seats_taken = ?3`

	upsertEvent = `INSERT INTO events (id, version, name, starts_at, capacity, price, currency, status)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE
	SET version = ?2, name = ?3, starts_at = ?4, capacity = ?5, price = ?6, currency = ?7, status = ?8`

	selectInventories = `SELECT e.id, e.version, e.name, e.starts_at, e.capacity, e.price, e.currency, e.status,
	ifnull(i.version, 0), ifnull(i.seats_taken, 0) FROM events e LEFT JOIN inventories i ON i.event_id = e.id
	WHERE e.id > ? ORDER BY e.id LIMIT ?`

	// Seats of events that are not in the copy count too.
	audit = `SELECT event_id, abs(sum(seats)) FROM (
		SELECT event_id, seats_taken AS seats FROM inventories
		UNION ALL SELECT event_id, -sum(seats) FROM bookings WHERE status = 'confirmed' GROUP BY event_id
	) GROUP BY event_id HAVING sum(seats) <> 0`
)
