package mongodb

import (
	"context"
	"slices"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/mongodb/change"
	log "github.com/myevents/myevents/platform/outbox/mongodb"
	"github.com/myevents/myevents/services/identity"
)

type userBody struct {
	Email        string   `bson:"email"`
	FirstName    string   `bson:"first_name"`
	LastName     string   `bson:"last_name"`
	PasswordHash string   `bson:"password_hash"`
	Roles        []string `bson:"roles"`
	CreatedAt    int64    `bson:"created_at"`
}

type emailBody struct {
	UserID string `bson:"user"`
}

type operatorsBody struct {
	UserIDs []string `bson:"users"`
}

// allOperators is the only document of its collection.
const allOperators = "all"

func bodyOf(u identity.User) userBody {
	return userBody{u.Email, u.FirstName, u.LastName, u.PasswordHash, u.Roles, micros(u.CreatedAt)}
}

func userOf(d document[userBody]) identity.User {
	b := d.Body
	return identity.User{
		ID: d.ID, Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, PasswordHash: b.PasswordHash, Roles: b.Roles,
		CreatedAt: fromMicros(b.CreatedAt),
	}
}

// CreateUser implements identity.Store.
func (s *Store) CreateUser(ctx context.Context, u identity.User, registered cloudevent.Event) error {
	message, err := log.NewMessage(contracts.TopicUser, registered)
	if err != nil {
		return err
	}
	return retry(func() error {
		email, err := read[emailBody](ctx, s, emails, u.Email)
		if err != nil {
			return err
		}
		if email.Version > 0 {
			return identity.ErrEmailTaken
		}
		// The user comes first: whoever finds the address, if only to be refused it, finds them too.
		c := change.Change{Messages: []log.Message{message}, Writes: []change.Write{
			document[userBody]{}.write(users, u.ID, bodyOf(u)), document[emailBody]{}.write(emails, u.Email, emailBody{u.ID}),
		}}
		if err := s.countOperator(ctx, &c, identity.User{ID: u.ID}, u); err != nil {
			return err
		}
		return s.changes.Commit(ctx, c)
	})
}

// countOperator adds what the list of operators becomes to a change of the user. It fails with ErrLastOperator.
func (s *Store) countOperator(ctx context.Context, c *change.Change, before, after identity.User) error {
	if before.Is(auth.RoleOperator) == after.Is(auth.RoleOperator) {
		return nil
	}
	list, err := read[operatorsBody](ctx, s, operators, allOperators)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(list.Body.UserIDs, func(id string) bool { return id == before.ID })
	if after.Is(auth.RoleOperator) {
		others = append(others, after.ID)
	} else if len(others) == 0 {
		return identity.ErrLastOperator
	}
	c.Writes = append(c.Writes, list.write(operators, allOperators, operatorsBody{others}))
	return nil
}

// User implements identity.Store.
func (s *Store) User(ctx context.Context, id string) (identity.User, error) {
	d, err := s.user(ctx, id)
	return userOf(d), err
}

func (s *Store) user(ctx context.Context, id string) (document[userBody], error) {
	d, err := read[userBody](ctx, s, users, id)
	if err == nil {
		err = d.missing("user")
	}
	return d, err
}

// UserByEmail implements identity.Store.
func (s *Store) UserByEmail(ctx context.Context, email string) (identity.User, error) {
	d, err := read[emailBody](ctx, s, emails, email)
	if err == nil {
		err = d.missing("user")
	}
	if err != nil {
		return identity.User{}, err
	}
	return s.User(ctx, d.Body.UserID)
}

// SetRoles implements identity.Store.
func (s *Store) SetRoles(
	ctx context.Context, userID string, roles []string, end identity.Ending,
) (user identity.User, ended []identity.Session, err error) {
	err = retry(func() error {
		d, err := s.user(ctx, userID)
		if err != nil {
			return err
		}
		before := userOf(d)
		user, ended = before, nil
		user.Roles = roles
		c := change.Change{Writes: []change.Write{d.write(users, userID, bodyOf(user))}}
		if err := s.countOperator(ctx, &c, before, user); err != nil {
			return err
		}
		if before.Loses(roles) {
			if ended, err = s.endAll(ctx, &c, userID, end); err != nil {
				return err
			}
		}
		return s.changes.Commit(ctx, c)
	})
	return user, ended, err
}

// ChangePassword implements identity.Store.
func (s *Store) ChangePassword(
	ctx context.Context, userID, oldHash, newHash string, end identity.Ending,
) (ended []identity.Session, err error) {
	err = retry(func() error {
		d, err := s.user(ctx, userID)
		if fault.KindOf(err) == fault.NotFound || (err == nil && d.Body.PasswordHash != oldHash) {
			return identity.ErrPasswordChanged
		}
		if err != nil {
			return err
		}
		body := d.Body
		body.PasswordHash = newHash
		c := change.Change{Writes: []change.Write{d.write(users, userID, body)}}
		if ended, err = s.endAll(ctx, &c, userID, end); err != nil {
			return err
		}
		return s.changes.Commit(ctx, c)
	})
	return ended, err
}
