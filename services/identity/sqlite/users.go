package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/services/identity"
)

const selectUser = "SELECT id, email, first_name, last_name, password_hash, roles, created_at FROM users "

func scanUser(r row) (identity.User, error) {
	var u identity.User
	var roles string
	var created int64
	err := r.Scan(&u.ID, &u.Email, &u.FirstName, &u.LastName, &u.PasswordHash, &roles, &created)
	if err != nil {
		return identity.User{}, missing("user", err)
	}
	u.Roles, u.CreatedAt = strings.Split(roles, ","), fromMicros(created)
	return u, nil
}

func userIn(tx *sqlite.Tx, id string) (identity.User, error) {
	return scanUser(tx.QueryRow(selectUser+"WHERE id = ?", id))
}

// CreateUser implements identity.Store.
func (s *Store) CreateUser(ctx context.Context, u identity.User, registered cloudevent.Event) error {
	return s.db.Write(ctx, func(tx *sqlite.Tx) error {
		rows, err := tx.Exec(
			`INSERT INTO users (id, email, first_name, last_name, password_hash, roles, operator, created_at)
			 VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email) DO NOTHING`,
			u.ID, u.Email, u.FirstName, u.LastName, u.PasswordHash, strings.Join(u.Roles, ","), u.Is(auth.RoleOperator), micros(u.CreatedAt))
		if err != nil {
			return fmt.Errorf("insert user: %w", err)
		}
		if rows == 0 {
			return identity.ErrEmailTaken
		}
		return s.log.Append(tx, contracts.TopicUser, registered)
	})
}

// User implements identity.Store.
func (s *Store) User(ctx context.Context, id string) (identity.User, error) {
	return scanUser(s.db.Read().QueryRowContext(ctx, selectUser+"WHERE id = ?", id))
}

// UserByEmail implements identity.Store.
func (s *Store) UserByEmail(ctx context.Context, email string) (identity.User, error) {
	return scanUser(s.db.Read().QueryRowContext(ctx, selectUser+"WHERE email = ?", email))
}

// SetRoles implements identity.Store.
func (s *Store) SetRoles(
	ctx context.Context, userID string, roles []string, end identity.Ending,
) (user identity.User, ended []identity.Session, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		before, err := userIn(tx, userID)
		if err != nil {
			return err
		}
		user, ended = before, nil
		user.Roles = roles
		if before.Is(auth.RoleOperator) && !user.Is(auth.RoleOperator) {
			if err := checkOtherOperator(tx, userID); err != nil {
				return err
			}
		}
		err = changed(tx.Exec("UPDATE users SET roles = ?, operator = ? WHERE id = ?",
			strings.Join(roles, ","), user.Is(auth.RoleOperator), userID))
		if err != nil || !before.Loses(roles) {
			return err
		}
		ended, err = s.endSessions(tx, end, "WHERE user_id = ?", userID)
		return err
	})
	return user, ended, err
}

func checkOtherOperator(tx *sqlite.Tx, userID string) error {
	var other bool
	err := tx.QueryRow("SELECT EXISTS (SELECT 1 FROM users WHERE operator AND id <> ?)", userID).Scan(&other)
	if err == nil && !other {
		return identity.ErrLastOperator
	}
	return err
}

// ChangePassword implements identity.Store.
func (s *Store) ChangePassword(
	ctx context.Context, userID, oldHash, newHash string, end identity.Ending,
) (ended []identity.Session, err error) {
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		rows, err := tx.Exec("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?", newHash, userID, oldHash)
		if err != nil {
			return fmt.Errorf("update user: %w", err)
		}
		if rows == 0 {
			return identity.ErrPasswordChanged
		}
		ended, err = s.endSessions(tx, end, "WHERE user_id = ?", userID)
		return err
	})
	return ended, err
}
