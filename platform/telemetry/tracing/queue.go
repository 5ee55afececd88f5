package tracing

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// QueueOptions describe a queue. All are required.
type QueueOptions struct {
	Exporter      sdktrace.SpanExporter // the queue's from now on: it shuts it down
	Size          int                   // spans that may wait
	Batch         int                   // spans exported at once, at most Size
	Delay         time.Duration         // longest time a span waits for others
	ExportTimeout time.Duration         // of one export, retries included
	Registerer    prometheus.Registerer
	Log           zerolog.Logger
}

// Queue hands spans to an exporter in batches. It is a span processor that costs a request next to nothing: a span that
// ends takes a slot in a ring, and wakes the exporting goroutine only where it makes a batch full. It never waits: a span
// that finds the ring full is dropped and counted.
//
// Start and Shutdown make it a part of a process. Spans that end before Start wait for it.
type Queue struct {
	options QueueOptions
	metrics *metrics
	outage  outage
	batch   []sdktrace.ReadOnlySpan // what is being exported; the goroutine's

	mu     sync.Mutex
	ring   []sdktrace.ReadOnlySpan
	head   int // of the span that waits longest
	count  int // of spans that wait
	closed bool

	wake    chan struct{}      // holds a token when a batch may be full
	flushes chan chan struct{} // each closed when all that waited has been exported
	life    context.Context    // of exports; ends when Shutdown's deadline passes
	die     context.CancelFunc
	stop    chan struct{} // closed by Shutdown
	ended   chan struct{} // closed by the goroutine, or in its place where there never was one
	started bool
}

var _ sdktrace.SpanProcessor = (*Queue)(nil)

// NewQueue returns a queue that does not export yet. It fails where its metrics are registered already.
func NewQueue(o QueueOptions) (*Queue, error) {
	q := &Queue{
		options: o,
		batch:   make([]sdktrace.ReadOnlySpan, 0, o.Batch),
		ring:    make([]sdktrace.ReadOnlySpan, o.Size),
		wake:    make(chan struct{}, 1),
		flushes: make(chan chan struct{}),
		stop:    make(chan struct{}),
		ended:   make(chan struct{}),
		outage:  outage{log: o.Log},
	}
	q.life, q.die = context.WithCancel(context.Background())
	var err error
	q.metrics, err = newMetrics(o.Registerer, o.Size, q.waiting)
	return q, err
}

// Start starts to export. The one goroutine ends with Shutdown.
func (q *Queue) Start(context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.started && !q.closed {
		q.started = true
		go q.run()
	}
	return nil
}

// OnStart implements sdktrace.SpanProcessor; there is nothing to do.
func (q *Queue) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd takes a sampled span, or drops and counts it.
func (q *Queue) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	q.mu.Lock()
	switch {
	case q.closed:
		q.metrics.shutDown.Inc()
	case q.count == len(q.ring):
		q.metrics.full.Inc()
	default:
		q.ring[(q.head+q.count)%len(q.ring)] = s
		q.count++
		if q.count == q.options.Batch {
			q.wakeUp()
		}
	}
	q.mu.Unlock()
}

// ForceFlush returns when every span that waits has been exported or dropped, or with ctx's error where ctx ends first.
func (q *Queue) ForceFlush(ctx context.Context) error {
	flushed := make(chan struct{})
	select {
	case q.flushes <- flushed:
	case <-q.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-flushed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Shutdown exports what waits and then shuts the exporter down. Where ctx ends first, what is left is dropped and
// counted, and the error is ctx's. Spans that end later are dropped and counted, too. It may be called more than once.
func (q *Queue) Shutdown(ctx context.Context) error {
	q.close()
	defer q.die()
	select {
	case <-q.ended:
		return q.options.Exporter.Shutdown(ctx)
	case <-ctx.Done():
		q.options.Log.Warn().Err(ctx.Err()).Str("event.action", "spans.export_failed").
			Msg("there was no time left to export all spans; the rest is dropped and counted")
		_ = q.options.Exporter.Shutdown(ctx) // ctx's error again
		return ctx.Err()
	}
}

func (q *Queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed = true
	close(q.stop)
	if !q.started {
		q.metrics.shutDown.Add(float64(q.count))
		close(q.ended)
	}
}

func (q *Queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}

// wakeUp leaves a token, unless there is one: then the goroutine is going to look anyway.
func (q *Queue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *Queue) run() {
	defer close(q.ended)
	tick := time.NewTicker(q.options.Delay)
	defer tick.Stop()
	for {
		select {
		case <-q.wake:
			q.export(q.waiting() / q.options.Batch * q.options.Batch) // the rest waits for company
		case <-tick.C:
			q.export(q.waiting())
		case flushed := <-q.flushes:
			q.export(q.waiting())
			close(flushed)
		case <-q.stop:
			q.export(q.waiting())
			return
		}
		if q.waiting() >= q.options.Batch { // filled while exporting, when nobody was woken
			q.wakeUp()
		}
	}
}

// export exports the n spans that have waited longest. It does not go on with those that come meanwhile: they may never
// stop coming.
func (q *Queue) export(n int) {
	for n > 0 {
		q.take(n)
		n -= len(q.batch)
		ctx, cancel := context.WithTimeout(q.life, q.options.ExportTimeout)
		err := q.options.Exporter.ExportSpans(ctx, q.batch)
		cancel()
		dropped := droppedOf(err, len(q.batch))
		q.metrics.exported.Add(float64(len(q.batch) - dropped))
		q.metrics.failed.Add(float64(dropped))
		if q.life.Err() == nil { // or Shutdown has said so
			q.outage.told(err, dropped)
		}
		clear(q.batch) // the memory of these spans is free
	}
}

// take moves up to n spans, at most a batch, from the ring to q.batch.
func (q *Queue) take(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, q.count, q.options.Batch)
	q.batch = q.batch[:0]
	for range n {
		q.batch = append(q.batch, q.ring[q.head])
		q.ring[q.head] = nil
		q.head = (q.head + 1) % len(q.ring)
	}
	q.count -= n
}
