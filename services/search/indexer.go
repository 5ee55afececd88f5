package search

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
)

const (
	maxBatch     = 1000                   // documents: bounds the memory of a batch
	lull         = 5 * time.Millisecond   // a batch is closed when nothing came for so long
	maxLinger    = 50 * time.Millisecond  // or when it has been open for so long
	restFactor   = 3                      // a rest is so many times as long as the batch before it took
	maxRest      = 300 * time.Millisecond // keeps an event findable within a second when the disk is slow
	applyTimeout = 30 * time.Second
)

// Indexer applies documents to an index in batches. It is a lifecycle part.
//
// Making documents durable costs far more a batch than a document, so whoever adds some waits for the batch they
// share with others. After a batch the indexer rests for restFactor times as long as the batch took: indexing shares
// its processors with selling, and selling goes first. At most a quarter of one processor goes into indexing then,
// and batches grow by themselves the more there is to do.
type Indexer struct {
	index    Index
	clock    func() time.Time
	queue    chan work // unbuffered, never closed: who adds, blocks until run takes it or the indexer stops
	stop     sync.Once
	stopping chan struct{} // closed by Stop
	stopped  chan struct{} // closed by run as it ends
}

type work struct {
	documents []Document
	done      chan error // takes one value; buffered, so that run never waits for somebody who gave up
}

// NewIndexer returns an indexer of the index. It must be started before it is used.
func NewIndexer(index Index, clock func() time.Time) *Indexer {
	return &Indexer{
		index: index, clock: clock,
		queue: make(chan work), stopping: make(chan struct{}), stopped: make(chan struct{}),
	}
}

// Start begins to apply what is added. Call it once.
func (x *Indexer) Start(context.Context) error {
	go x.run()
	return nil
}

// Stop waits until what was taken is applied; whatever is added later is refused. Call it after Start; it is idempotent.
func (x *Indexer) Stop(ctx context.Context) error {
	x.stop.Do(func() { close(x.stopping) })
	select {
	case <-x.stopped:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop indexer: %w", ctx.Err())
	}
}

// Handle applies the document of a message, if it has one. It returns when the document is durable.
func (x *Indexer) Handle(ctx context.Context, e cloudevent.Event) error {
	d, ok, err := FromMessage(e)
	if err != nil || !ok {
		return err
	}
	return x.Add(ctx, d)
}

// Add applies the documents and returns when they are durable. Where ctx ends before, they may be applied or not.
func (x *Indexer) Add(ctx context.Context, documents ...Document) error {
	w := work{documents: documents, done: make(chan error, 1)}
	select {
	case x.queue <- w:
	case <-x.stopping:
		return fault.Away("search index", nil)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (x *Indexer) run() {
	defer close(x.stopped)
	for {
		select {
		case first := <-x.queue:
			took := x.apply(x.collect(first))
			x.wait(min(took*restFactor, maxRest))
		case <-x.stopping:
			return
		}
	}
}

// collect returns the first work and what comes with it, until nothing more comes or there is enough.
func (x *Indexer) collect(first work) []work {
	quiet, late := time.NewTimer(lull), time.NewTimer(maxLinger)
	defer quiet.Stop()
	defer late.Stop()
	batch, documents := []work{first}, len(first.documents)
	for documents < maxBatch {
		select {
		case w := <-x.queue:
			batch, documents = append(batch, w), documents+len(w.documents)
			quiet.Reset(lull)
		case <-quiet.C:
			return batch
		case <-late.C:
			return batch
		case <-x.stopping:
			return batch
		}
	}
	return batch
}

// apply applies the batch, tells everyone waiting for it, and returns how long it took.
func (x *Indexer) apply(batch []work) time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), applyTimeout)
	defer cancel()
	var documents []Document
	for _, w := range batch {
		documents = append(documents, w.documents...)
	}
	start := x.clock()
	err := x.index.Apply(ctx, documents)
	if err != nil {
		err = fmt.Errorf("apply %d documents: %w", len(documents), err)
	}
	for _, w := range batch {
		w.done <- err
	}
	return x.clock().Sub(start)
}

func (x *Indexer) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.stopping:
	}
}
