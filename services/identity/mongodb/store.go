// Package mongodb keeps users, sessions and keys in a MongoDB database, without transactions; any number of instances may
// share it.
//
// What concerns several documents goes through platform/mongodb/change:
//
//	collection  document
//	users       a user; guarded by each session that starts, so that none starts beside a change of password or roles
//	emails      an address, and whose it is: it makes the address unique
//	sessions    a session
//	operators   one document, the list of all operators: it keeps the last one
//	keys        a key, by its sequence
//	changes     a change on its way
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/mongodb"
	"github.com/myevents/myevents/platform/mongodb/change"
	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/mongodb"
	"github.com/myevents/myevents/services/identity"
)

// The names of the collections that changes are about.
const (
	users     = "users"
	emails    = "emails"
	sessions  = "sessions"
	operators = "operators"
)

// Options say which database to open.
type Options struct {
	URL       string                     // see mongodb.Options
	WriteHook func(command string) error // see mongodb.Options
}

// Store implements identity.Store.
type Store struct {
	db      *mongodb.DB
	changes *change.Store
	outbox  *log.Log
}

var _ identity.Store = (*Store)(nil)

// Open connects to the database, makes its indexes and finishes what a crash has left; ctx bounds the opening only.
func Open(ctx context.Context, o Options) (*Store, error) {
	db, err := mongodb.Open(ctx, mongodb.Options{URL: o.URL, Service: "identity", WriteHook: o.WriteHook})
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, outbox: log.NewLog(db)}
	s.changes = change.NewStore(db, s.outbox)
	indexes := mongodb.Indexes{sessions: {mongodb.On("body.user"), mongodb.On("body.token_expires")}}
	maps.Copy(indexes, s.outbox.Indexes())
	if err := db.EnsureIndexes(ctx, indexes); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.outbox.Move(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// Close ends the connections. It is idempotent.
func (s *Store) Close() error { return s.db.Close() }

// Outbox returns the log of the messages that were committed.
func (s *Store) Outbox() outbox.Log { return s.outbox }

// Check reports the state of the connections for the health page.
func (s *Store) Check(ctx context.Context) (map[string]any, error) {
	return s.db.Stats(), s.db.Ping(ctx)
}

// Metrics returns those of the connections.
func (s *Store) Metrics() []prometheus.Collector { return s.db.Metrics() }

// read reads a document that is there; where it is not, its version is 0.
func read[B any](ctx context.Context, s *Store, collection, id string) (d document[B], err error) {
	err = s.db.Collection(collection).FindOne(ctx, bson.M{"_id": id}, &d, options.FindOne().SetProjection(bson.M{"next": 0}))
	if err != nil && !errors.Is(err, mongodb.ErrNone) {
		return d, fmt.Errorf("read %s: %w", collection, err)
	}
	return d, nil
}

// document is a document with its body.
type document[B any] struct {
	change.Head `bson:",inline"`
	Body        B `bson:"body"`
}

// missing returns fault.Missing where a document is not there.
func (d document[B]) missing(thing string) error {
	if d.Version == 0 {
		return fault.Missing(thing)
	}
	return nil
}

// write is the document with another body.
func (d document[B]) write(collection, id string, body B) change.Write {
	return change.Write{Collection: collection, ID: id, Version: d.Version, Revision: d.Revision, Body: body}
}

const maxAttempts = 50 // against others who change the same things

// retry runs what reads, decides and changes until nobody has come in between.
func retry(try func() error) error {
	for range maxAttempts {
		if err := try(); !errors.Is(err, change.ErrStale) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "unavailable", "Others change the same thing at the moment. Try again.")
}

// key is a signing key as it is stored.
type key struct {
	Sequence   int64  `bson:"_id"`
	ID         string `bson:"id"`
	Private    []byte `bson:"private"`
	ActiveFrom int64  `bson:"active_from"`
}

// Keys implements identity.Store.
func (s *Store) Keys(ctx context.Context) ([]identity.SigningKey, error) {
	var found []key
	if err := s.db.Collection("keys").Find(ctx, bson.M{}, &found, options.Find().SetSort(bson.M{"_id": 1})); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	keys := make([]identity.SigningKey, len(found))
	for i, k := range found {
		keys[i] = identity.SigningKey{Sequence: k.Sequence, ID: k.ID, Private: k.Private, ActiveFrom: fromMicros(k.ActiveFrom)}
	}
	return keys, nil
}

// AddKey implements identity.Store.
func (s *Store) AddKey(ctx context.Context, k identity.SigningKey) error {
	taken, err := s.db.Collection("keys").Insert(ctx, key{k.Sequence, k.ID, k.Private, micros(k.ActiveFrom)})
	switch {
	case err != nil:
		return fmt.Errorf("add key: %w", err)
	case len(taken) > 0:
		return identity.ErrKeyExists
	default:
		return nil
	}
}

// Forget implements identity.Store.
func (s *Store) Forget(ctx context.Context, sequence int64, before time.Time) error {
	if _, err := s.db.Collection("keys").Delete(ctx, bson.M{"_id": bson.M{"$lt": sequence}}); err != nil {
		return fmt.Errorf("delete keys: %w", err)
	}
	old := bson.D{change.Present(), {Key: "lock", Value: ""}, {Key: "body.token_expires", Value: bson.M{"$lt": micros(before)}}}
	if _, err := s.db.Collection(sessions).Delete(ctx, old); err != nil {
		return fmt.Errorf("delete sessions: %w", err)
	}
	return nil
}

// Times are unix microseconds; 0 stands for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(t int64) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMicro(t).UTC()
}
