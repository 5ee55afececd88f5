package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
)

// SignUp makes somebody a user, with the role customer. It fails as Invalid, naming the fields, and with ErrEmailTaken.
func (s *Service) SignUp(ctx context.Context, p Profile) (User, error) {
	p, err := p.normal()
	if err != nil {
		return User{}, err
	}
	// Asked before the password is hashed, which is dear; the store asks again.
	switch _, err := s.options.Store.UserByEmail(ctx, p.Email); {
	case err == nil:
		return User{}, ErrEmailTaken
	case fault.KindOf(err) != fault.NotFound:
		return User{}, fmt.Errorf("look for the address: %w", err)
	}
	hash, err := s.options.Passwords.Hash(ctx, p.Password)
	if err != nil {
		return User{}, err
	}
	user, err := s.create(ctx, User{
		Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, PasswordHash: hash, Roles: []string{auth.RoleCustomer},
	})
	if err == nil {
		s.audit(ctx, "user.sign_up", user.ID, user.ID, nil)
	}
	return user, err
}

// create stores a new user, under a new id if it has none, and announces it.
func (s *Service) create(ctx context.Context, u User) (User, error) {
	if u.ID == "" {
		u.ID = s.options.NewID()
	}
	u.CreatedAt = s.now()
	roles := u.Roles
	if u.Email == s.options.BootstrapOperator {
		roles = append([]string{auth.RoleOperator}, roles...)
	}
	var err error
	if u.Roles, err = normalRoles(roles); err != nil {
		return User{}, err
	}
	registered, err := s.message(ctx, contracts.UserRegistered, u.ID, u.message())
	if err != nil {
		return User{}, err
	}
	if err := s.options.Store.CreateUser(ctx, u, registered); err != nil {
		return User{}, fmt.Errorf("create user: %w", err)
	}
	return u, nil
}

// ImportedUser is a user who did not sign up.
type ImportedUser struct {
	ID        string // empty: a new one
	Email     string
	FirstName string
	LastName  string
	Roles     []string // customer is added
}

// Import adds users who all have the one password, which is hashed once. Those whose e-mail address is taken are left
// alone, so importing again changes nothing. Where it fails, those before the offending one have been added.
func (s *Service) Import(ctx context.Context, password string, users []ImportedUser) error {
	missing, err := s.missing(ctx, users)
	if err != nil || len(missing) == 0 {
		return err
	}
	hash, err := s.options.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	for i, u := range missing {
		profile, err := Profile{Email: u.Email, Password: password, FirstName: u.FirstName, LastName: u.LastName}.normal()
		if err != nil {
			return fmt.Errorf("import user %d: %w", i, err)
		}
		_, err = s.create(ctx, User{
			ID: u.ID, Email: profile.Email, FirstName: profile.FirstName, LastName: profile.LastName, PasswordHash: hash, Roles: u.Roles,
		})
		if err != nil && !errors.Is(err, ErrEmailTaken) {
			return fmt.Errorf("import user %d: %w", i, err)
		}
	}
	return nil
}

func (s *Service) missing(ctx context.Context, users []ImportedUser) ([]ImportedUser, error) {
	var missing []ImportedUser
	for _, u := range users {
		switch _, err := s.options.Store.UserByEmail(ctx, NormalEmail(u.Email)); {
		case fault.KindOf(err) == fault.NotFound:
			missing = append(missing, u)
		case err != nil:
			return nil, fmt.Errorf("look for imported users: %w", err)
		}
	}
	return missing, nil
}

// Bootstrap makes the user with the configured address an operator if there is such a user already; otherwise they will
// be one when they sign up.
func (s *Service) Bootstrap(ctx context.Context) error {
	if s.options.BootstrapOperator == "" {
		return nil
	}
	user, err := s.options.Store.UserByEmail(ctx, s.options.BootstrapOperator)
	if fault.KindOf(err) == fault.NotFound || err == nil && user.Is(auth.RoleOperator) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the first operator: %w", err)
	}
	_, err = s.setRoles(ctx, user.ID, append(user.Roles, auth.RoleOperator))
	s.audit(ctx, "user.bootstrap_operator", audit.System, user.ID, err)
	return err
}
