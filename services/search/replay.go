package search

import (
	"context"
	"fmt"

	"github.com/myevents/myevents/platform/cloudevent"
)

// Feed passes every message of an owner's outbox to apply, in order, until apply fails.
type Feed func(ctx context.Context, apply func(cloudevent.Event) error) error

// replayBatch is how many documents are applied together. It is small enough that a commit of new bookings does not
// have to wait long behind one of these.
const replayBatch = 250

// Replay applies all messages of the feeds and returns how many documents it has applied. Versions make it harmless
// beside new messages: a document is never replaced by an older one.
func (x *Indexer) Replay(ctx context.Context, feeds ...Feed) (applied int, err error) {
	r := replay{ctx: ctx, indexer: x}
	for _, feed := range feeds {
		if err := feed(ctx, r.add); err != nil {
			return r.applied, fmt.Errorf("replay: %w", err)
		}
	}
	err = r.flush()
	return r.applied, err
}

// replay collects documents, so that they are applied many at a time.
type replay struct {
	ctx     context.Context // of the one call that this value lives in
	indexer *Indexer
	pending []Document
	applied int
}

func (r *replay) add(e cloudevent.Event) error {
	d, ok, err := FromMessage(e)
	if err != nil || !ok {
		return err
	}
	if r.pending = append(r.pending, d); len(r.pending) < replayBatch {
		return nil
	}
	return r.flush()
}

func (r *replay) flush() error {
	if err := r.indexer.apply(r.ctx, r.pending); err != nil {
		return err
	}
	r.applied += len(r.pending)
	r.pending = r.pending[:0]
	return nil
}
