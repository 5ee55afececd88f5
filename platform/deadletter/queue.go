package deadletter

import (
	"context"
	"time"

	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/fault"
)

// QueueOptions are what a Queue is made of. All fields are needed.
type QueueOptions struct {
	Store   Store
	Process func(ctx context.Context, topic string, payload []byte) error // runs the service's handler once
	Audit   audit.Log                                                     // records what an operator did
	Clock   func() time.Time
}

// Queue is what an operator does with the letters of one service.
type Queue struct {
	options QueueOptions
}

// NewQueue returns a queue over the store.
func NewQueue(o QueueOptions) *Queue {
	return &Queue{options: o}
}

// List returns at most limit letters behind the id after, oldest message first.
func (q *Queue) List(ctx context.Context, after string, limit int) ([]Letter, error) {
	return q.options.Store.List(ctx, after, limit)
}

// Get returns one letter, or a NotFound fault.
func (q *Queue) Get(ctx context.Context, id string) (Letter, error) {
	return q.options.Store.Get(ctx, id)
}

// Requeue runs the service's handler once over the letter's message. Success removes the letter; failure appends to its
// history and returns a Conflict fault with code "requeue-failed".
func (q *Queue) Requeue(ctx context.Context, id string) error {
	return q.audited(ctx, "dead_letter.requeue", id, func() error { return q.requeue(ctx, id) })
}

// Drop removes the letter for good, or returns a NotFound fault.
func (q *Queue) Drop(ctx context.Context, id string) error {
	return q.audited(ctx, "dead_letter.drop", id, func() error { return q.options.Store.Drop(ctx, id) })
}

func (q *Queue) requeue(ctx context.Context, id string) error {
	letter, err := q.options.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	if failure := q.options.Process(ctx, letter.Topic, letter.Payload); failure != nil {
		letter.Failures = append(letter.Failures, Failure{Time: q.options.Clock(), Error: failure.Error()})
		if err := q.options.Store.Update(ctx, letter); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "requeue-failed", "The message failed again; its history says why.").WithCause(failure)
	}
	return q.options.Store.Drop(ctx, id)
}

func (q *Queue) audited(ctx context.Context, action, id string, do func() error) error {
	err := do()
	q.options.Audit(ctx, audit.Entry{
		Action: action, User: audit.Caller(ctx), Object: audit.Object{Type: "dead_letter", ID: id}, Reason: audit.Reason(err),
	})
	return err
}
