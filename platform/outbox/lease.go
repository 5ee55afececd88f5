package outbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

const (
	leaseBeat   = time.Second
	leaseExpiry = 4 * time.Second // of standing still
)

// Holder is what the processes that share a log keep about who of them publishes it. The zero Holder is nobody.
type Holder struct {
	Name string // of the process; empty: nobody
	Beat int64  // counted up with every change of hands, and while they are the same once a second
}

// HolderStore keeps a Holder.
type HolderStore interface {
	// Holder returns the holder and the saved cursor; both are zero where nothing was saved.
	Holder(ctx context.Context) (h Holder, cursor int64, err error)
	// SwapHolder saves a holder where the saved beat is still the one given, and returns false where it is not.
	SwapHolder(ctx context.Context, beat int64, next Holder) (swapped bool, err error)
}

// Lease is one process's view of who publishes. A holder is taken for dead when its beat has stood still for four seconds by
// the watch of whoever wants the lease: no two clocks are compared. A holder who was only slow makes duplicates, which
// consumers bear. It belongs to the relay's goroutine.
type Lease struct {
	store  HolderStore
	me     string
	mine   bool
	seen   Holder    // what was there at the last look, or what this process has put there
	since  time.Time // when seen was first seen
	looked time.Time
}

// NewLease returns the lease that the store keeps, not held.
func NewLease(store HolderStore) *Lease { return &Lease{store: store, me: rand.Text()} }

// Hold takes or keeps the lease, as Shared says. It asks the store about once a second.
func (l *Lease) Hold(ctx context.Context) (mine bool, saved int64, err error) {
	now := time.Now()
	if now.Sub(l.looked) < leaseBeat {
		return l.mine, 0, nil
	}
	if l.mine {
		err := l.swap(ctx, l.me)
		return l.mine, 0, err
	}
	h, cursor, err := l.store.Holder(ctx)
	if err != nil {
		return false, 0, fmt.Errorf("outbox lease: %w", err)
	}
	l.looked = now
	if h != l.seen {
		l.seen, l.since = h, now
	}
	if h.Name == "" || h.Name == l.me || now.Sub(l.since) >= leaseExpiry {
		err = l.swap(ctx, l.me)
	}
	return l.mine, cursor, err
}

// Release gives the lease back, where this process has it.
func (l *Lease) Release(ctx context.Context) error {
	if !l.mine {
		return nil
	}
	err := l.swap(ctx, "")
	l.mine = false
	return err
}

func (l *Lease) swap(ctx context.Context, name string) (err error) {
	next := Holder{Name: name, Beat: l.seen.Beat + 1}
	l.mine, err = l.store.SwapHolder(ctx, l.seen.Beat, next)
	if err != nil {
		return fmt.Errorf("outbox lease: %w", err)
	}
	l.looked = time.Now()
	if l.mine {
		l.seen, l.since = next, l.looked
	}
	return nil
}
