package mongodb

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/mongodb/change"
	log "github.com/myevents/myevents/platform/outbox/mongodb"
	"github.com/myevents/myevents/services/identity"
)

type sessionBody struct {
	UserID       string `bson:"user"`
	CreatedAt    int64  `bson:"created_at"`
	TokenExpires int64  `bson:"token_expires"`
	RevokedAt    int64  `bson:"revoked_at"`
}

func bodyOfSession(s identity.Session) sessionBody {
	return sessionBody{s.UserID, micros(s.CreatedAt), micros(s.TokenExpires), micros(s.RevokedAt)}
}

func sessionOf(d document[sessionBody]) identity.Session {
	b := d.Body
	return identity.Session{
		ID: d.ID, UserID: b.UserID, CreatedAt: fromMicros(b.CreatedAt), TokenExpires: fromMicros(b.TokenExpires),
		RevokedAt: fromMicros(b.RevokedAt),
	}
}

// CreateSession implements identity.Store.
func (s *Store) CreateSession(ctx context.Context, session identity.Session, passwordHash string) (user identity.User, err error) {
	err = retry(func() error {
		d, err := s.user(ctx, session.UserID)
		if err != nil {
			return err
		}
		user = userOf(d)
		if user.PasswordHash != passwordHash {
			return identity.ErrPasswordChanged
		}
		return s.changes.Commit(ctx, change.Change{
			Writes: []change.Write{document[sessionBody]{}.write(sessions, session.ID, bodyOfSession(session))},
			Guards: []change.Guard{{Collection: users, ID: user.ID, Version: d.Version}},
		})
	})
	return user, err
}

// RenewSession implements identity.Store. The user is read before the session is renewed at the version it had before: a
// change of roles that ends the session comes in between or not at all.
func (s *Store) RenewSession(ctx context.Context, id string, at, tokenExpires time.Time) (user identity.User, err error) {
	err = retry(func() error {
		d, err := read[sessionBody](ctx, s, sessions, id)
		if err == nil {
			err = d.missing("session")
		}
		if err != nil {
			return err
		}
		if err := sessionOf(d).CheckRenewal(at); err != nil {
			return err
		}
		if user, err = s.User(ctx, d.Body.UserID); err != nil {
			return err
		}
		// Two renewals at once may arrive here in any order: the session ends with the later of their tokens.
		return s.changes.Adjust(ctx, change.Guard{Collection: sessions, ID: id, Version: d.Version},
			bson.M{"$max": bson.M{"body.token_expires": micros(tokenExpires)}})
	})
	return user, err
}

// EndSession implements identity.Store.
func (s *Store) EndSession(ctx context.Context, id string, end identity.Ending) (ended []identity.Session, err error) {
	err = retry(func() error {
		d, err := read[sessionBody](ctx, s, sessions, id)
		if err != nil || d.Version == 0 {
			return err
		}
		var c change.Change
		if ended, err = endEach(&c, []document[sessionBody]{d}, end); err != nil || len(ended) == 0 {
			return err
		}
		return s.changes.Commit(ctx, c)
	})
	return ended, err
}

// endAll adds the end of the user's live sessions to a change that writes the user at the revision read before: a session
// that starts meanwhile makes it stale.
func (s *Store) endAll(ctx context.Context, c *change.Change, userID string, end identity.Ending) ([]identity.Session, error) {
	found, err := s.find(ctx, bson.D{{Key: "body.user", Value: userID}, change.Present()})
	if err != nil {
		return nil, err
	}
	return endEach(c, found, end)
}

// endEach adds the end of those that are live, with a message each.
func endEach(c *change.Change, all []document[sessionBody], end identity.Ending) (ended []identity.Session, err error) {
	for _, d := range all {
		session := sessionOf(d)
		if !session.Live(end.At) {
			continue
		}
		session.RevokedAt = end.At
		e, err := end.Announce(session)
		if err != nil {
			return nil, fmt.Errorf("announce the end of a session: %w", err)
		}
		message, err := log.NewMessage(contracts.TopicSession, e)
		if err != nil {
			return nil, err
		}
		ended = append(ended, session)
		c.Writes = append(c.Writes, d.write(sessions, session.ID, bodyOfSession(session)))
		c.Messages = append(c.Messages, message)
	}
	return ended, nil
}

// Revoked implements identity.Store.
func (s *Store) Revoked(ctx context.Context, at time.Time) ([]identity.Session, error) {
	found, err := s.find(ctx, bson.D{
		{Key: "body.token_expires", Value: bson.M{"$gt": micros(at)}}, {Key: "body.revoked_at", Value: bson.M{"$gt": 0}}, change.Present(),
	})
	revoked := make([]identity.Session, len(found))
	for i, d := range found {
		revoked[i] = sessionOf(d)
	}
	return revoked, err
}

func (s *Store) find(ctx context.Context, filter bson.D) (found []document[sessionBody], err error) {
	err = s.db.Collection(sessions).Find(ctx, filter, &found, options.Find().SetProjection(bson.M{"next": 0}))
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	return found, nil
}
