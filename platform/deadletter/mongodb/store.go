// Package mongodb keeps a service's dead letters in its MongoDB database, in the collection "dead_letters".
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/mongodb"
)

// document is a letter as it is stored. Times are unix microseconds: BSON's own have milliseconds only.
type document struct {
	ID       string    `bson:"_id"`
	Service  string    `bson:"service"`
	Topic    string    `bson:"topic"`
	Type     string    `bson:"type"`
	Subject  string    `bson:"subject"`
	Payload  []byte    `bson:"payload"`
	Failures []failure `bson:"failures"` // oldest first
	ParkedAt int64     `bson:"parked_at"`
}

type failure struct {
	Time  int64  `bson:"time"`
	Error string `bson:"error"`
}

type store struct {
	letters *mongodb.Collection
}

// New returns the dead letters in db. They need no index.
func New(db *mongodb.DB) deadletter.Store { return store{letters: db.Collection("dead_letters")} }

func (s store) Park(ctx context.Context, l deadletter.Letter) error {
	d := encode(l)
	// A letter that another instance has just parked under the same id is the same letter.
	if _, err := s.letters.Put(ctx, bson.M{"_id": l.ID}, bson.M{"$set": d.fields()}); err != nil {
		return fmt.Errorf("park dead letter %s: %w", l.ID, err)
	}
	return nil
}

func (s store) Update(ctx context.Context, l deadletter.Letter) error {
	d := encode(l)
	found, err := s.letters.Update(ctx, bson.M{"_id": l.ID}, bson.M{"$set": d.fields()})
	return outcome("update", l.ID, found, err)
}

func (s store) Drop(ctx context.Context, id string) error {
	n, err := s.letters.Delete(ctx, bson.M{"_id": id})
	return outcome("drop", id, n > 0, err)
}

func outcome(action, id string, found bool, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s dead letter %s: %w", action, id, err)
	case !found:
		return deadletter.NotFound()
	default:
		return nil
	}
}

func (s store) Get(ctx context.Context, id string) (deadletter.Letter, error) {
	var d document
	err := s.letters.FindOne(ctx, bson.M{"_id": id}, &d)
	if errors.Is(err, mongodb.ErrNone) {
		return deadletter.Letter{}, deadletter.NotFound()
	}
	if err != nil {
		return deadletter.Letter{}, fmt.Errorf("read dead letter %s: %w", id, err)
	}
	return d.decode(), nil
}

func (s store) List(ctx context.Context, after string, limit int) ([]deadletter.Letter, error) {
	var found []document
	err := s.letters.Find(ctx, bson.M{"_id": bson.M{"$gt": after}}, &found,
		options.Find().SetSort(bson.M{"_id": 1}).SetLimit(int64(limit)))
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	letters := make([]deadletter.Letter, len(found))
	for i, d := range found {
		letters[i] = d.decode()
	}
	return letters, nil
}

func (s store) Count(ctx context.Context) (int, error) {
	n, err := s.letters.Count(ctx, bson.M{})
	if err != nil {
		return 0, fmt.Errorf("count dead letters: %w", err)
	}
	return n, nil
}

func encode(l deadletter.Letter) document {
	d := document{
		ID: l.ID, Service: l.Service, Topic: l.Topic, Type: l.Type, Subject: l.Subject, Payload: l.Payload,
		Failures: make([]failure, len(l.Failures)), ParkedAt: l.ParkedAt.UnixMicro(),
	}
	for i, f := range l.Failures {
		d.Failures[i] = failure{f.Time.UnixMicro(), f.Error}
	}
	return d
}

// fields are all but the id, which an update cannot set.
func (d document) fields() bson.M {
	return bson.M{
		"service": d.Service, "topic": d.Topic, "type": d.Type, "subject": d.Subject, "payload": d.Payload, "failures": d.Failures,
		"parked_at": d.ParkedAt,
	}
}

func (d document) decode() deadletter.Letter {
	l := deadletter.Letter{
		ID: d.ID, Service: d.Service, Topic: d.Topic, Type: d.Type, Subject: d.Subject, Payload: d.Payload,
		Failures: make([]deadletter.Failure, len(d.Failures)), ParkedAt: time.UnixMicro(d.ParkedAt).UTC(),
	}
	for i, f := range d.Failures {
		l.Failures[i] = deadletter.Failure{Time: time.UnixMicro(f.Time).UTC(), Error: f.Error}
	}
	return l
}
