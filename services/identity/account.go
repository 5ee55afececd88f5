package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
)

// User returns the user; it fails as NotFound.
func (s *Service) User(ctx context.Context, id string) (User, error) {
	return s.options.Store.User(ctx, id)
}

// ChangePassword replaces the caller's password and ends all their sessions, this one too. It fails as Invalid, naming
// the field, where the current password is wrong or the new one breaks a rule.
func (s *Service) ChangePassword(ctx context.Context, caller auth.Principal, current, next string) error {
	if fields := checkPassword("new_password", next); len(fields) > 0 {
		return fault.InvalidFields(fields...)
	}
	err := s.changePassword(ctx, caller.UserID, current, next)
	s.audit(ctx, "user.change_password", caller.UserID, caller.UserID, err)
	return err
}

func (s *Service) changePassword(ctx context.Context, userID, current, next string) error {
	user, err := s.options.Store.User(ctx, userID)
	if err != nil {
		return fmt.Errorf("read user: %w", err)
	}
	right, err := s.options.Passwords.Match(ctx, user.PasswordHash, current)
	if err != nil {
		return err
	}
	if !right {
		return errWrongPassword()
	}
	hash, err := s.options.Passwords.Hash(ctx, next)
	if err != nil {
		return err
	}
	ended, err := s.options.Store.ChangePassword(ctx, userID, user.PasswordHash, hash, s.endingNow(ctx))
	if errors.Is(err, ErrPasswordChanged) {
		return errWrongPassword()
	}
	if err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	s.refuse(ended)
	return nil
}

// errWrongPassword is not Unauthenticated: clients take that for the end of their session.
func errWrongPassword() error {
	err := fault.InvalidField("current_password", "must be your password")
	err.Code, err.Detail = "wrong-password", "The current password is wrong."
	return err
}

// SetRoles gives the user these roles, and customer, on behalf of an operator. A user who loses a role is signed out
// everywhere; one who only gains some has them from their next token on. It fails as Invalid, NotFound and with
// ErrLastOperator.
func (s *Service) SetRoles(ctx context.Context, caller auth.Principal, userID string, roles []string) (User, error) {
	roles, err := normalRoles(roles)
	if err != nil {
		return User{}, err
	}
	// Looked up first because of the audit line: what a caller sends as an id may be anything, an e-mail address too.
	if _, err := s.options.Store.User(ctx, userID); err != nil {
		return User{}, err
	}
	user, err := s.setRoles(ctx, userID, roles)
	s.audit(ctx, "user.set_roles", caller.UserID, userID, err, audit.Detail{Name: "audit.roles", Text: strings.Join(roles, ",")})
	return user, err
}

func (s *Service) setRoles(ctx context.Context, userID string, roles []string) (User, error) {
	user, ended, err := s.options.Store.SetRoles(ctx, userID, roles, s.endingNow(ctx))
	if err != nil {
		return User{}, fmt.Errorf("set roles: %w", err)
	}
	s.refuse(ended)
	return user, nil
}
