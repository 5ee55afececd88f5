package forward

import (
	"context"
	"sync"
	"time"
)

// deadline is a context that ends at a time, or with its parent. Other than that of context.WithDeadline it starts no timer
// before somebody waits for its end: in one process most calls are answered without that, and timers are a tenth of a hop.
type deadline struct {
	context.Context // the parent
	at              time.Time

	mu     sync.Mutex
	ended  bool
	timed  context.Context // does the work from when somebody waits for the end; nil before
	cancel context.CancelFunc
}

// Deadline implements context.Context.
func (d *deadline) Deadline() (time.Time, bool) {
	if at, ok := d.Context.Deadline(); ok && at.Before(d.at) {
		return at, true
	}
	return d.at, true
}

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} { return d.wait().Done() }

// Err implements context.Context.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.timed != nil:
		return d.timed.Err()
	case d.Context.Err() != nil:
		return d.Context.Err()
	case !time.Now().Before(d.at):
		return context.DeadlineExceeded
	case d.ended:
		return context.Canceled
	default:
		return nil
	}
}

// AfterFunc spares contexts derived from this one the goroutine that would watch it; see context.AfterFunc.
func (d *deadline) AfterFunc(f func()) (stop func() bool) { return context.AfterFunc(d.wait(), f) }

func (d *deadline) wait() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed == nil {
		d.timed, d.cancel = context.WithDeadline(d.Context, d.at)
		if d.ended {
			d.cancel()
		}
	}
	return d.timed
}

// end cancels the context for whoever still holds it.
func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.cancel != nil {
		d.cancel()
	}
}
