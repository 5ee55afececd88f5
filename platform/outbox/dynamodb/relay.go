package dynamodb

import (
	"context"
	"errors"

	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/outbox"
)

// relay is the item that says how far the log is published, and by whom.
type relay struct {
	dynamodb.Key
	Cursor int64  `dynamodbav:"seq"`
	Holder string `dynamodbav:"holder"`
	Beat   int64  `dynamodbav:"beat"`
}

func relayKey() dynamodb.Key { return dynamodb.Key{Partition: "relay", Sort: "relay"} }

// Cursor returns the saved position; 0 where there is none.
func (l *Log) Cursor(ctx context.Context) (int64, error) {
	var r relay
	_, err := l.table.Get(ctx, relayKey(), &r)
	return r.Cursor, err
}

// SaveCursor saves the position, unless a higher one is saved.
func (l *Log) SaveCursor(ctx context.Context, seq int64) error {
	_, err := held(l.db.Write(ctx, l.table.Update(relayKey(), "SET seq = :seq", dynamodb.Values{"seq": seq},
		dynamodb.Condition{Expression: "attribute_not_exists(seq) OR seq < :seq"})))
	return err
}

// held reports whether a write's condition held.
func held(err error) (bool, error) {
	if errors.As(err, new(*dynamodb.Refused)) {
		return false, nil
	}
	return err == nil, err
}

// holders keeps who publishes beside the cursor.
type holders struct{ log *Log }

// Holder implements outbox.HolderStore.
func (h holders) Holder(ctx context.Context) (outbox.Holder, int64, error) {
	var r relay
	_, err := h.log.table.Get(ctx, relayKey(), &r)
	return outbox.Holder{Name: r.Holder, Beat: r.Beat}, r.Cursor, err
}

// SwapHolder implements outbox.HolderStore.
func (h holders) SwapHolder(ctx context.Context, beat int64, next outbox.Holder) (bool, error) {
	same := dynamodb.Condition{Expression: "beat = :seen", Values: dynamodb.Values{"seen": beat}}
	if beat == 0 {
		same = dynamodb.Condition{Expression: "attribute_not_exists(beat)"}
	}
	return held(h.log.db.Write(ctx, h.log.table.Update(relayKey(), "SET holder = :name, beat = :beat",
		dynamodb.Values{"name": next.Name, "beat": next.Beat}, same)))
}

// Lease implements outbox.Shared.
func (l *Log) Lease(ctx context.Context) (mine bool, saved int64, err error) {
	mine, saved, err = l.lease.Hold(ctx)
	if err == nil && !mine && l.told.Load() {
		_, err = l.look(ctx) // for the holder to find
	}
	return mine, saved, err
}

// Release implements outbox.Shared.
func (l *Log) Release(ctx context.Context) error { return l.lease.Release(ctx) }
