package mongodb

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/booking"
)

const (
	maxBatch     = 50               // jobs decided by one update
	batchTimeout = 10 * time.Second // of all attempts to decide a batch
)

// job is an order or a cancellation that waits for its answer.
type job struct {
	order        *booking.Order
	cancellation *booking.Cancellation
	record       record // the booking, or the claim, as it was last read
	answer       answer
	done         chan struct{} // closed when the answer is there
}

type answer struct {
	booking booking.Booking
	changed bool // placed, or cancelled
	err     error
}

// lane is the jobs of one event. While one batch is decided the next one gathers.
type lane struct {
	eventID string
	waiting []*job
	settled int64 // all that the inventory has decided up to this revision is settled; the running batch's own
}

// lanes are the events for which something waits or is decided. Nothing depends on all jobs of an event being in one lane:
// other instances have their own.
type lanes struct {
	decide  func(context.Context, *lane, []*job)
	mu      sync.Mutex
	byEvent map[string]*lane // each has a goroutine
	closed  bool
	running sync.WaitGroup
}

func newLanes(decide func(context.Context, *lane, []*job)) *lanes {
	return &lanes{decide: decide, byEvent: map[string]*lane{}}
}

var errClosed = errors.New("store is closed")

// submit has the job decided. Where ctx ends first the job goes on: only its caller does not learn of the answer.
func (l *lanes) submit(ctx context.Context, eventID string, j *job) (booking.Booking, bool, error) {
	if err := ctx.Err(); err != nil {
		return booking.Booking{}, false, err
	}
	j.done = make(chan struct{})
	if !l.add(eventID, j) {
		return booking.Booking{}, false, fault.Away("booking store", errClosed)
	}
	select {
	case <-j.done:
		return j.answer.booking, j.answer.changed, j.answer.err
	case <-ctx.Done():
		return booking.Booking{}, false, context.Cause(ctx)
	}
}

// add puts the job into its lane. A lane and its goroutine last for as long as something waits there.
func (l *lanes) add(eventID string, j *job) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if events, busy := l.byEvent[eventID]; busy {
		events.waiting = append(events.waiting, j)
		return true
	}
	events := &lane{eventID: eventID, waiting: []*job{j}}
	l.byEvent[eventID] = events
	l.running.Go(func() { l.run(events) })
	return true
}

func (l *lanes) run(events *lane) {
	for {
		batch := l.next(events)
		if len(batch) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), batchTimeout)
		l.decide(ctx, events, batch)
		cancel()
		for _, j := range batch {
			close(j.done)
		}
	}
}

func (l *lanes) next(events *lane) []*job {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(events.waiting), maxBatch)
	if n == 0 {
		delete(l.byEvent, events.eventID)
		return nil
	}
	batch := events.waiting[:n:n]
	events.waiting = events.waiting[n:]
	return batch
}

// close lets no more jobs in and waits for those that are.
func (l *lanes) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.running.Wait()
}
