package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/identity"
)

const selectSessions = "SELECT id, user_id, created_at, token_expires, revoked_at FROM sessions "

func scanSession(r row) (identity.Session, error) {
	var s identity.Session
	var created, expires, revoked int64
	if err := r.Scan(&s.ID, &s.UserID, &created, &expires, &revoked); err != nil {
		return identity.Session{}, missing("session", err)
	}
	s.CreatedAt, s.TokenExpires, s.RevokedAt = fromMicros(created), fromMicros(expires), fromMicros(revoked)
	return s, nil
}

// rows are those of the read pool or of a transaction.
type rows interface {
	row
	Next() bool
	Err() error
	Close() error
}

// scanSessions closes the rows.
func scanSessions(rows rows, err error) ([]identity.Session, error) {
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	var sessions []identity.Session
	for rows.Next() {
		session, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, session)
	}
	return sessions, rows.Err()
}

// CreateSession implements identity.Store.
func (s *Store) CreateSession(ctx context.Context, session identity.Session, passwordHash string) (user identity.User, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		var err error
		if user, err = userIn(tx, session.UserID); err != nil {
			return err
		}
		if user.PasswordHash != passwordHash {
			return identity.ErrPasswordChanged
		}
		return changed(tx.Exec("INSERT INTO sessions (id, user_id, created_at, token_expires) VALUES (?, ?, ?, ?)",
			session.ID, session.UserID, micros(session.CreatedAt), micros(session.TokenExpires)))
	})
	return user, err
}

// RenewSession implements identity.Store.
func (s *Store) RenewSession(ctx context.Context, id string, at, tokenExpires time.Time) (user identity.User, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		session, err := scanSession(tx.QueryRow(selectSessions+"WHERE id = ?", id))
		if err != nil {
			return err
		}
		if err := session.CheckRenewal(at); err != nil {
			return err
		}
		if user, err = userIn(tx, session.UserID); err != nil {
			return err
		}
		// Two renewals at once may arrive here in any order: the session ends with the later of their tokens.
		return changed(tx.Exec("UPDATE sessions SET token_expires = max(token_expires, ?) WHERE id = ?", micros(tokenExpires), id))
	})
	return user, err
}

// EndSession implements identity.Store.
func (s *Store) EndSession(ctx context.Context, id string, end identity.Ending) (ended []identity.Session, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		var err error
		ended, err = s.endSessions(tx, end, "WHERE id = ?", id)
		return err
	})
	return ended, err
}

// endSessions ends those of the selected sessions that are live, and appends their messages.
func (s *Store) endSessions(tx *sqlite.Tx, end identity.Ending, where, key string) ([]identity.Session, error) {
	sessions, err := scanSessions(tx.Query(selectSessions+where, key))
	if err != nil {
		return nil, err
	}
	var ended []identity.Session
	var messages []cloudevent.Event
	for _, session := range sessions {
		if !session.Live(end.At) {
			continue
		}
		session.RevokedAt = end.At
		if err := changed(tx.Exec("UPDATE sessions SET revoked_at = ? WHERE id = ?", micros(end.At), session.ID)); err != nil {
			return nil, fmt.Errorf("end session: %w", err)
		}
		message, err := end.Announce(session)
		if err != nil {
			return nil, fmt.Errorf("announce the end of a session: %w", err)
		}
		ended, messages = append(ended, session), append(messages, message)
	}
	return ended, s.log.Append(tx, contracts.TopicSession, messages...)
}

// Revoked implements identity.Store.
func (s *Store) Revoked(ctx context.Context, at time.Time) ([]identity.Session, error) {
	revoked := selectSessions + "WHERE revoked_at > 0 AND token_expires > ?"
	return scanSessions(s.db.Read().QueryContext(ctx, revoked, micros(at))) //nolint:rowserrcheck // scanSessions does
}
