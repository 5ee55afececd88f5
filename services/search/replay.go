package search

import (
	"context"
	"fmt"

	"github.com/myevents/myevents/platform/cloudevent"
)

// Feed passes every message of an owner's outbox to apply, in order, until apply fails.
type Feed func(ctx context.Context, apply func(cloudevent.Event) error) error

// Replay applies all messages of the feeds and returns how many documents it has applied. It goes through the same
// batches and rests as new messages do, and versions make it harmless beside them: a document is never replaced by an
// older one.
func (x *Indexer) Replay(ctx context.Context, feeds ...Feed) (applied int, err error) {
	r := replay{ctx: ctx, indexer: x}
	for _, feed := range feeds {
		if err := feed(ctx, r.add); err != nil {
			return r.applied, fmt.Errorf("replay: %w", err)
		}
	}
	return r.applied, r.flush()
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
	if r.pending = append(r.pending, d); len(r.pending) < maxBatch {
		return nil
	}
	return r.flush()
}

func (r *replay) flush() error {
	if err := r.indexer.Add(r.ctx, r.pending...); err != nil {
		return err
	}
	r.applied += len(r.pending)
	r.pending = r.pending[:0]
	return nil
}
