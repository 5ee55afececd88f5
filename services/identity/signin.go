package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
)

// errInvalidCredentials does not say whether the address or the password is wrong.
func errInvalidCredentials() error {
	return fault.New(fault.Unauthenticated, "invalid-credentials", "The e-mail address or the password is wrong.")
}

// SignIn starts a session and returns its first token. It fails as Unauthenticated, "invalid-credentials", and takes as
// long for an address that nobody has as for a wrong password.
func (s *Service) SignIn(ctx context.Context, email, password string) (Token, error) {
	email = NormalEmail(email)
	user, err := s.options.Store.UserByEmail(ctx, email)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Token{}, fmt.Errorf("look for the user: %w", err)
	}
	token, err := s.signIn(ctx, user, password)
	entry := audit.Entry{
		Action: "session.sign_in", User: user.ID, Object: audit.Object{Type: "user", ID: user.ID}, Reason: audit.Reason(err),
	}
	if user.ID == "" {
		entry.Pseudonym = s.options.Passwords.Pseudonym(email)
	}
	s.options.Audit(ctx, entry)
	return token, err
}

// signIn goes through all its steps for the zero User too.
func (s *Service) signIn(ctx context.Context, user User, password string) (Token, error) {
	right, err := s.options.Passwords.Match(ctx, user.PasswordHash, password)
	if err != nil {
		return Token{}, err
	}
	if !right {
		return Token{}, errInvalidCredentials()
	}
	now := s.now()
	session := Session{ID: s.options.NewID(), UserID: user.ID, CreatedAt: now, TokenExpires: auth.Grant{IssuedAt: now}.Expires()}
	user, err = s.options.Store.CreateSession(ctx, session, user.PasswordHash)
	if errors.Is(err, ErrPasswordChanged) {
		return Token{}, errInvalidCredentials()
	}
	if err != nil {
		return Token{}, fmt.Errorf("create session: %w", err)
	}
	return s.issue(ctx, session.ID, user, now)
}

// Renew returns a fresh token of the caller's session, with the roles the user has now. It fails as Unauthenticated,
// "session-revoked" or "session-expired".
func (s *Service) Renew(ctx context.Context, caller auth.Principal) (Token, error) {
	now := s.now()
	user, err := s.options.Store.RenewSession(ctx, caller.SessionID, now, auth.Grant{IssuedAt: now}.Expires())
	if fault.KindOf(err) == fault.NotFound {
		return Token{}, errSessionRevoked()
	}
	if err != nil {
		return Token{}, fmt.Errorf("renew session: %w", err)
	}
	return s.issue(ctx, caller.SessionID, user, now)
}

// issue signs a token. The store knows its expiry already: were it told afterwards, a revocation that comes between
// would end before the token does.
func (s *Service) issue(ctx context.Context, sessionID string, user User, at time.Time) (Token, error) {
	return s.sign(ctx, auth.Grant{
		ID: s.options.NewID(), IssuedAt: at, Principal: auth.Principal{UserID: user.ID, SessionID: sessionID, Roles: user.Roles},
	})
}

// SignOut ends the caller's session. Ending it twice is no error.
func (s *Service) SignOut(ctx context.Context, caller auth.Principal) error {
	ended, err := s.options.Store.EndSession(ctx, caller.SessionID, s.endingNow(ctx))
	s.refuse(ended)
	s.audit(ctx, "session.sign_out", caller.UserID, caller.UserID, err)
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
