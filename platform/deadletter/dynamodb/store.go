// Package dynamodb keeps a service's dead letters in one of its DynamoDB tables.
package dynamodb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/dynamodb"
)

// partition is where the letters are in their table. They are few, so one is enough.
const partition = "letters"

type store struct {
	db    *dynamodb.DB
	table dynamodb.Table
}

// New returns the dead letters in the table, which may hold other things too.
func New(db *dynamodb.DB, table dynamodb.Table) deadletter.Store { return store{db: db, table: table} }

// item is a letter. Its failures are as they are in JSON, and so are the same ones when they are read.
type item struct {
	dynamodb.Key
	Service  string `dynamodbav:"service"`
	Topic    string `dynamodbav:"topic"`
	Type     string `dynamodbav:"type"`
	Subject  string `dynamodbav:"subject"`
	Payload  []byte `dynamodbav:"payload"`
	Failures string `dynamodbav:"failures"`
	ParkedAt int64  `dynamodbav:"parked_at"` // unix microseconds
}

func key(id string) dynamodb.Key { return dynamodb.Key{Partition: partition, Sort: id} }

func (s store) Park(ctx context.Context, l deadletter.Letter) error {
	return s.put(ctx, "park", l, dynamodb.Condition{})
}

func (s store) Update(ctx context.Context, l deadletter.Letter) error {
	return s.put(ctx, "update", l, dynamodb.Present())
}

func (s store) put(ctx context.Context, action string, l deadletter.Letter, c dynamodb.Condition) error {
	failures, err := json.Marshal(l.Failures)
	if err != nil {
		return fmt.Errorf("%s dead letter %s: %w", action, l.ID, err)
	}
	return s.write(ctx, action, l.ID, s.table.Put(item{
		Key: key(l.ID), Service: l.Service, Topic: l.Topic, Type: l.Type, Subject: l.Subject, Payload: l.Payload,
		Failures: string(failures), ParkedAt: l.ParkedAt.UnixMicro(),
	}, c))
}

func (s store) Drop(ctx context.Context, id string) error {
	return s.write(ctx, "drop", id, s.table.Delete(key(id), dynamodb.Present()))
}

func (s store) write(ctx context.Context, action, id string, w dynamodb.Write) error {
	err := s.db.Write(ctx, w)
	if errors.As(err, new(*dynamodb.Refused)) {
		err = deadletter.NotFound()
	}
	if err != nil {
		return fmt.Errorf("%s dead letter %s: %w", action, id, err)
	}
	return nil
}

func (s store) Get(ctx context.Context, id string) (deadletter.Letter, error) {
	var i item
	found, err := s.table.Get(ctx, key(id), &i)
	if err != nil {
		return deadletter.Letter{}, fmt.Errorf("read dead letter %s: %w", id, err)
	}
	if !found {
		return deadletter.Letter{}, deadletter.NotFound()
	}
	return i.letter()
}

func (s store) List(ctx context.Context, after string, limit int) ([]deadletter.Letter, error) {
	items, err := dynamodb.List[item](ctx, s.table, dynamodb.Range{Partition: partition, Above: after, Limit: limit})
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	var letters []deadletter.Letter
	for _, i := range items {
		l, err := i.letter()
		if err != nil {
			return nil, err
		}
		letters = append(letters, l)
	}
	return letters, nil
}

func (s store) Count(ctx context.Context) (int, error) {
	n, err := s.table.Count(ctx, partition)
	if err != nil {
		return 0, fmt.Errorf("count dead letters: %w", err)
	}
	return n, nil
}

func (i item) letter() (deadletter.Letter, error) {
	l := deadletter.Letter{
		ID: i.Sort, Service: i.Service, Topic: i.Topic, Type: i.Type, Subject: i.Subject, Payload: i.Payload,
		ParkedAt: time.UnixMicro(i.ParkedAt).UTC(),
	}
	if err := json.Unmarshal([]byte(i.Failures), &l.Failures); err != nil {
		return deadletter.Letter{}, fmt.Errorf("read failures of dead letter %s: %w", l.ID, err)
	}
	return l, nil
}
