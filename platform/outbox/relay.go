package outbox

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/telemetry"
)

const (
	batchSize  = 512
	rest       = 10 * time.Millisecond // between batches: publishing costs nearly the same for few messages as for one
	tick       = time.Second           // how long a relay rests that is told of new entries; the cursor is saved then, too
	sharedTick = 50 * time.Millisecond // the same where other processes append, who tell it nothing
	logTimeout = 10 * time.Second      // bounds every call to the log
	minBackoff = 100 * time.Millisecond
	maxBackoff = 5 * time.Second
)

// RelayOptions are what a Relay works with. All are needed.
type RelayOptions struct {
	Service   string
	Log       Log // polled every 10 ms, unless it is a Handover or Shared
	Publisher message.Publisher
	SyncLag   time.Duration // how long the broker may still lose what it has acknowledged
	Telemetry *telemetry.Telemetry
	Clock     func() time.Time
}

// Relay publishes a log: at least once, in batches, in order, each message as a continuation of its trace. It is a
// lifecycle.Part; its one goroutine runs from Start to Stop.
//
// The saved cursor stays SyncLag behind what the broker has acknowledged, so that what a power cut takes from the broker
// is published again at the next start.
type Relay struct {
	options  RelayOptions
	metrics  *metrics
	handover Handover     // nil where the log is none
	shared   Shared       // nil where the log is this process's own
	position atomic.Int64 // the last acknowledged entry; moved by the goroutine
	cursor   cursor       // the goroutine's own

	stopping chan struct{}
	stopOnce sync.Once
	cancel   context.CancelFunc // nil until Start
	ended    chan struct{}
}

// NewRelay returns a relay and registers its metrics.
func NewRelay(o RelayOptions) *Relay {
	r := &Relay{options: o, cursor: cursor{lag: o.SyncLag}, stopping: make(chan struct{}), ended: make(chan struct{})}
	r.handover, _ = o.Log.(Handover)
	r.shared, _ = o.Log.(Shared)
	r.metrics = newMetrics(r, o.Telemetry.Registerer)
	return r
}

// Start reads the cursor and begins to publish.
func (r *Relay) Start(ctx context.Context) error {
	seq, err := r.options.Log.Cursor(ctx)
	if err != nil {
		return fmt.Errorf("read outbox cursor of %s: %w", r.options.Service, err)
	}
	r.position.Store(seq)
	r.cursor.saved = seq
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go r.run(ctx)
	return nil
}

// Stop publishes what is pending and ends the relay. Where the broker does not answer it gives up at once, otherwise after
// half of the time that ctx leaves, since what stops after the relay needs some too. What is left is published after the
// next start. It is idempotent and fails only where a call of the publisher does not return.
func (r *Relay) Stop(ctx context.Context) error {
	if r.cancel == nil {
		return nil
	}
	r.stopOnce.Do(func() { close(r.stopping) })
	defer r.cancel()
	drain, cancel := firstHalf(ctx)
	defer cancel()
	select {
	case <-r.ended:
		return nil
	case <-drain.Done():
	}
	r.cancel()
	r.options.Telemetry.Log.Warn().Err(drain.Err()).Str("event.action", "outbox.publish").
		Msg("cannot publish all that is pending, the rest will be after the next start")
	select {
	case <-r.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop outbox relay of %s: %w", r.options.Service, ctx.Err())
	}
}

// firstHalf returns a context that ends after half of the time ctx leaves, and with ctx where that has no deadline.
func firstHalf(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/2)
}

// Pending returns the number of messages the broker has not acknowledged; 0 means the outbox is drained.
func (r *Relay) Pending(ctx context.Context) (int, error) {
	n, _, err := r.options.Log.Pending(ctx, r.position.Load())
	return n, err
}

func (r *Relay) run(ctx context.Context) {
	defer close(r.ended)
	defer r.release(ctx)
	defer func() { r.saveCursor(ctx, true) }()
	for failures := 0; ctx.Err() == nil; {
		n, err := r.publishNext(ctx, failures > 0)
		switch {
		case r.isStopping() && (err != nil || n == 0):
			return
		case err != nil:
			r.metrics.failures.Inc()
			r.options.Telemetry.Log.Warn().Err(err).Str("event.action", "outbox.publish").Msg("cannot publish, will try again")
			r.pause(ctx, backoff(failures), nil)
			failures++
		default:
			failures = 0
			r.await(ctx, n)
		}
		r.saveCursor(ctx, false)
	}
}

func (r *Relay) isStopping() bool {
	select {
	case <-r.stopping:
		return true
	default:
		return false
	}
}

// await rests after a batch of n, until there may be more to publish.
func (r *Relay) await(ctx context.Context, n int) {
	if n == batchSize {
		return
	}
	r.pause(ctx, rest, nil)
	switch {
	case r.handover != nil:
		r.pause(ctx, tick, r.handover.Appended())
	case r.shared != nil:
		r.pause(ctx, sharedTick, r.shared.Appended())
	}
}

// pause waits, until it is woken at most; it returns at once while the relay is stopping.
func (r *Relay) pause(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-r.stopping:
	case <-ctx.Done():
	}
}

// backoff doubles from minBackoff to maxBackoff, less up to a half so that relays do not knock together.
func backoff(failures int) time.Duration {
	d := min(minBackoff<<min(failures, 10), maxBackoff)
	return d - rand.N(d/2)
}

// publishNext publishes the next entries of the log and returns how many.
func (r *Relay) publishNext(ctx context.Context, again bool) (int, error) {
	if mine, err := r.lease(ctx); err != nil || !mine {
		return 0, err
	}
	entries, err := r.next(ctx, again)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	ctx, task := r.options.Telemetry.StartTask(ctx, "relay "+r.options.Service)
	err = r.publishAll(ctx, task, entries)
	task.End(len(entries), err)
	return len(entries), err
}

// lease reports whether this relay is the one to publish. What another has published before is not published again.
func (r *Relay) lease(ctx context.Context) (mine bool, err error) {
	if r.shared == nil {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	mine, saved, err := r.shared.Lease(ctx)
	if err == nil && saved > r.position.Load() {
		r.position.Store(saved)
	}
	return mine, err
}

// release lets another process go on at once. Where that fails, it notices later that this one stands still.
func (r *Relay) release(ctx context.Context) {
	if r.shared == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logTimeout)
	defer cancel()
	if err := r.shared.Release(ctx); err != nil {
		r.options.Telemetry.Log.Warn().Err(err).Str("event.action", "outbox.lease").Msg("cannot give the outbox lease back")
	}
}

// next returns the entries behind the position, from memory if possible. To publish again it reads the log: a publisher that
// has failed may still hold the payloads it was given.
func (r *Relay) next(ctx context.Context, again bool) ([]Entry, error) {
	if r.handover != nil && !again {
		if entries, ok := r.handover.Newest(r.position.Load(), batchSize); ok {
			return entries, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	entries, err := r.options.Log.Read(ctx, r.position.Load(), batchSize)
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return entries, nil
}

func (r *Relay) publishAll(ctx context.Context, task *telemetry.Task, entries []Entry) error {
	for len(entries) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := sameTopic(entries)
		if err := r.publish(ctx, task, entries[:n]); err != nil {
			return fmt.Errorf("publish to topic %s: %w", entries[0].Topic, err)
		}
		r.position.Store(entries[n-1].Seq)
		r.metrics.published.Add(float64(n))
		entries = entries[n:]
	}
	return nil
}

// sameTopic returns how many of the entries, from the first on, have its topic: one call to Publish takes one topic, and
// the order of the log must stay.
func sameTopic(entries []Entry) int {
	n := 1
	for n < len(entries) && entries[n].Topic == entries[0].Topic {
		n++
	}
	return n
}

func (r *Relay) publish(ctx context.Context, task *telemetry.Task, entries []Entry) error {
	messages := make([]*message.Message, len(entries))
	spans := make([]trace.Span, len(entries))
	for i, e := range entries {
		messages[i], spans[i] = r.prepare(ctx, task, e)
	}
	err := r.options.Publisher.Publish(entries[0].Topic, messages...)
	for _, span := range spans {
		telemetry.EndPublish(span, err)
	}
	return err
}

// prepare starts the producer span, to which the task is linked, and writes it into the message, whose consumers become
// its children.
func (r *Relay) prepare(ctx context.Context, task *telemetry.Task, e Entry) (*message.Message, trace.Span) {
	ctx, span := r.options.Telemetry.StartPublish(ctx, e.Topic, cloudevent.Event{
		ID: e.ID, Type: e.Type, Subject: e.Subject, Time: e.Time, Trace: e.Trace,
	})
	traceparent := telemetry.Traceparent(ctx)
	task.Link(traceparent)
	m := message.NewMessage(e.ID, cloudevent.SetTrace(e.Payload, traceparent))
	m.Metadata.Set(messaging.MetadataSubject, e.Subject)
	m.SetContext(ctx)
	return m, span
}

// saveCursor saves what has become safe. A failure only means that more is published again after the next start.
func (r *Relay) saveCursor(ctx context.Context, end bool) {
	seq, due := r.cursor.advance(r.position.Load(), r.options.Clock(), end)
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logTimeout)
	defer cancel()
	if err := r.options.Log.SaveCursor(ctx, seq); err != nil {
		r.options.Telemetry.Log.Warn().Err(err).Str("event.action", "outbox.cursor").Msg("cannot save the cursor")
		return
	}
	r.cursor.saved = seq
}
