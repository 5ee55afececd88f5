package event

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	seatsLull    = time.Millisecond      // nothing came for so long: whoever could add to the batch waits for it already
	seatsMaxWait = 20 * time.Millisecond // of the first in a batch, while others keep coming
	seatsTimeout = 5 * time.Second       // of a commit
)

var errSeatsStopped = errors.New("seats are not taken in any more")

// SeatKeeper takes in the seats that the booking service announces. Bookings come by the thousand a second and mostly for
// the same few events, so it gathers what concurrent callers bring, keeps the newest of each event, and saves that in one
// commit. A batch is closed when nothing came for a millisecond: callers wait for their commit before they bring more.
//
// It owns one goroutine, from Start to Stop.
type SeatKeeper struct {
	store Store
	saved func()

	mu      sync.Mutex
	open    *batch // nil: empty
	started bool
	stopped bool

	wake  chan struct{} // capacity 1: a batch was opened, or the keeper was stopped
	ended chan struct{}
}

// batch is what goes into one commit. After done is closed it is not written to any more.
type batch struct {
	newest  map[string]Seats
	size    int
	done    chan struct{}
	unknown map[string]bool
	err     error
}

// NewSeatKeeper returns a keeper that saves to the store and calls saved after each commit.
func NewSeatKeeper(store Store, saved func()) *SeatKeeper {
	return &SeatKeeper{store: store, saved: saved, wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Set saves the seats of an event unless newer ones are known, and returns when that is durable. It fails where the event
// is not known (yet): the message may have overtaken the event's own, so it is worth another try.
func (k *SeatKeeper) Set(ctx context.Context, s Seats) error {
	b := k.join(s)
	if b == nil {
		return errSeatsStopped
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if b.err == nil && b.unknown[s.EventID] {
		return fmt.Errorf("seats of event %s: the event is not known yet", s.EventID)
	}
	return b.err
}

// join adds the seats to the open batch; nil where the keeper is stopped.
func (k *SeatKeeper) join(s Seats) *batch {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return nil
	}
	if k.open == nil {
		k.open = &batch{newest: make(map[string]Seats), done: make(chan struct{})}
		k.signal()
	}
	if known, ok := k.open.newest[s.EventID]; !ok || known.Version < s.Version {
		k.open.newest[s.EventID] = s
	}
	k.open.size++
	return k.open
}

func (k *SeatKeeper) signal() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Start begins to save.
func (k *SeatKeeper) Start(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.started = true
	go k.run()
	return nil
}

// Stop saves what was brought and ends the keeper; later calls of Set fail. It is idempotent.
func (k *SeatKeeper) Stop(ctx context.Context) error {
	k.mu.Lock()
	started := k.started
	k.stopped = true
	k.mu.Unlock()
	if !started {
		return nil
	}
	k.signal()
	select {
	case <-k.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("save seats: %w", ctx.Err())
	}
}

func (k *SeatKeeper) run() {
	defer close(k.ended)
	for range k.wake {
		k.gather()
		batch, last := k.take()
		if batch != nil {
			k.save(batch)
		}
		if last {
			return
		}
	}
}

// gather returns when nothing was added during a lull, or when it has lasted long enough.
func (k *SeatKeeper) gather() {
	before := -1
	for range seatsMaxWait / seatsLull {
		size, stopped := k.size()
		if size == before || stopped {
			return
		}
		before = size
		<-time.After(seatsLull)
	}
}

func (k *SeatKeeper) size() (size int, stopped bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open != nil {
		size = k.open.size
	}
	return size, k.stopped
}

// take closes the open batch for further seats; last says that there will not be another one.
func (k *SeatKeeper) take() (b *batch, last bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	b, k.open = k.open, nil
	return b, k.stopped
}

// save commits the batch and lets its callers go. Its deadline is its own: one caller that gives up must not fail the others.
func (k *SeatKeeper) save(b *batch) {
	defer close(b.done)
	ctx, cancel := context.WithTimeout(context.Background(), seatsTimeout)
	defer cancel()
	seats := make([]Seats, 0, len(b.newest))
	for _, s := range b.newest {
		seats = append(seats, s)
	}
	unknown, err := k.store.SaveSeats(ctx, seats)
	if err != nil {
		b.err = fmt.Errorf("save seats: %w", err)
		return
	}
	b.unknown = make(map[string]bool, len(unknown))
	for _, id := range unknown {
		b.unknown[id] = true
	}
	k.saved()
}
