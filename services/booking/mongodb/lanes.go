package mongodb

import (
	"context"
	"errors"
	"time"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/lanes"
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

// lane is what is remembered of an event while something waits for it. Nothing depends on all jobs of an event being in
// one lane: other instances have their own.
type lane struct {
	eventID string
	settled int64 // all that the inventory has decided up to this revision is settled
}

func (s *Store) newLanes() *lanes.Lanes[*job] {
	return lanes.New(lanes.First[*job](maxBatch), func(eventID string) func([]*job) {
		events := &lane{eventID: eventID}
		return func(batch []*job) {
			ctx, cancel := context.WithTimeout(context.Background(), batchTimeout)
			defer cancel()
			s.decide(ctx, events, batch)
			for _, j := range batch {
				close(j.done)
			}
		}
	})
}

var errClosed = errors.New("store is closed")

// submit has the job decided. Where ctx ends first the job goes on: only its caller does not learn of the answer.
func (s *Store) submit(ctx context.Context, eventID string, j *job) (booking.Booking, bool, error) {
	if err := ctx.Err(); err != nil {
		return booking.Booking{}, false, err
	}
	j.done = make(chan struct{})
	if !s.lanes.Add(eventID, j) {
		return booking.Booking{}, false, fault.Away("booking store", errClosed)
	}
	select {
	case <-j.done:
		return j.answer.booking, j.answer.changed, j.answer.err
	case <-ctx.Done():
		return booking.Booking{}, false, context.Cause(ctx)
	}
}
