package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/platform/mongodb"
	"github.com/myevents/myevents/platform/outbox"
)

const relayID = "relay" // of the only document

// relay is the document that says how far the log is published, and by whom.
type relay struct {
	Cursor int64  `bson:"cursor"`
	Holder string `bson:"holder"`
	Beat   int64  `bson:"beat"`
}

// Lease implements outbox.Shared. A process without the lease moves its messages all the same, for the holder to find.
func (l *Log) Lease(ctx context.Context) (mine bool, saved int64, err error) {
	mine, saved, err = l.lease.Hold(ctx)
	if err == nil && !mine {
		err = l.mover.move(ctx, false)
	}
	return mine, saved, err
}

// Release implements outbox.Shared.
func (l *Log) Release(ctx context.Context) error { return l.lease.Release(ctx) }

// Cursor returns the saved position; 0 where there is none.
func (l *Log) Cursor(ctx context.Context) (int64, error) {
	_, cursor, err := l.state.Holder(ctx)
	return cursor, err
}

// SaveCursor saves the position, unless a higher one is saved.
func (l *Log) SaveCursor(ctx context.Context, seq int64) error {
	_, err := l.state.relay.Put(ctx, bson.M{"_id": relayID},
		bson.M{"$max": bson.M{"cursor": seq}, "$setOnInsert": bson.M{"beat": int64(0)}})
	return err
}

// state is the outbox.HolderStore.
type state struct {
	relay *mongodb.Collection
}

func (s state) Holder(ctx context.Context) (h outbox.Holder, cursor int64, err error) {
	var now relay
	err = s.relay.FindOne(ctx, bson.M{"_id": relayID}, &now)
	if err != nil && !errors.Is(err, mongodb.ErrNone) {
		return h, 0, fmt.Errorf("read state of the outbox: %w", err)
	}
	return outbox.Holder{Name: now.Holder, Beat: now.Beat}, now.Cursor, nil
}

func (s state) SwapHolder(ctx context.Context, beat int64, next outbox.Holder) (swapped bool, err error) {
	return s.relay.Put(ctx, bson.M{"_id": relayID, "beat": beat}, bson.M{"$set": bson.M{"beat": next.Beat, "holder": next.Name}})
}
