package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/sqlite/internal/engine"
)

// Write runs fn in a transaction and returns when it is durable; ctx bounds the wait for its turn. Functions of concurrent
// calls share a transaction in which each sees the writes of those before it.
//
// fn runs on the writer's goroutine, and again where the transaction had to be repeated without one of its functions: it
// assigns to what it captures, never appends, and waits for nothing. The error of a function that changed nothing is
// simply returned, that of another one takes back its changes; neither touches the other functions.
func (db *DB) Write(ctx context.Context, fn func(tx *Tx) error) error {
	return db.writer.write(ctx, fn)
}

// writer owns the writing connection. Only its goroutine touches tx and stale.
type writer struct {
	options Options
	queue   chan *request
	closing chan struct{} // closed by stop: no more requests
	stopped chan struct{} // closed when the goroutine has ended
	once    sync.Once

	closeErr error // of the connection; to be read when stopped

	tx    *Tx
	stale bool // AfterBatch has failed: what it keeps in memory cannot be trusted

	failure atomic.Pointer[error] // why the last transaction failed, nil if it did not
	writes  atomic.Int64
	batches atomic.Int64
}

// request is a waiting Write.
type request struct {
	fn      func(*Tx) error
	claimed atomic.Bool // by the writer, which then answers, or by a caller that has given up
	result  error
	done    chan struct{}
}

func newWriter(conn *engine.Conn, o Options) *writer {
	return &writer{
		options: o, queue: make(chan *request, o.MaxBatch), closing: make(chan struct{}), stopped: make(chan struct{}),
		tx: &Tx{conn: conn, hook: o.WriteHook},
	}
}

func (w *writer) write(ctx context.Context, fn func(*Tx) error) error {
	r := &request{fn: fn, done: make(chan struct{})}
	select {
	case <-w.closing:
		return w.away(ErrClosed)
	default:
	}
	select {
	case w.queue <- r:
	case <-w.closing:
		return w.away(ErrClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-r.done:
		return r.result
	case <-w.stopped:
	case <-ctx.Done():
	}
	if r.claimed.CompareAndSwap(false, true) { // nobody runs it, and nobody will
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return w.away(ErrClosed)
	}
	<-r.done // it is running and writes to what fn captured: the caller must not go on before
	return r.result
}

// stop ends the goroutine after it has committed what is queued, and closes the connection.
func (w *writer) stop() error {
	w.once.Do(func() { close(w.closing) })
	<-w.stopped
	return w.closeErr
}

func (w *writer) run() {
	defer close(w.stopped)
	defer func() { w.closeErr = w.tx.conn.Close() }()
	batch := make([]*request, 0, w.options.MaxBatch)
	for {
		select {
		case r := <-w.queue:
			// Who is about to write comes first and joins: a commit costs nearly the same for many as for one. Where nobody
			// else can run, this returns at once.
			runtime.Gosched()
			batch = w.gather(claim(batch[:0], r))
		case <-w.closing:
			if batch = w.gather(batch[:0]); len(batch) == 0 {
				return
			}
		}
		w.commit(batch)
		for _, r := range batch {
			close(r.done)
		}
	}
}

// gather adds what waits, as far as it fits.
func (w *writer) gather(batch []*request) []*request {
	for len(batch) < w.options.MaxBatch {
		select {
		case r := <-w.queue:
			batch = claim(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// claim adds the request unless its caller has given up.
func claim(batch []*request, r *request) []*request {
	if r.claimed.CompareAndSwap(false, true) {
		batch = append(batch, r)
	}
	return batch
}

// commit runs the requests in one transaction, or in as few as their errors allow, and sets their results.
func (w *writer) commit(batch []*request) {
	for len(batch) > 0 {
		failed, err := w.attempt(batch)
		switch {
		case err == nil:
			return
		case failed >= 0: // one function takes its writes back: the others go again without it
			batch[failed].result = err
			batch = append(append(make([]*request, 0, len(batch)), batch[:failed]...), batch[failed+1:]...)
		case w.tx.broken == nil && len(batch) > 1: // BeforeCommit refuses somebody's writes: find out whose
			for i := range batch {
				w.commit(batch[i : i+1])
			}
			return
		default:
			if w.tx.broken != nil {
				err = w.away(err)
			}
			for _, r := range batch {
				r.result = err
			}
			return
		}
	}
}

// attempt runs the requests in one transaction. On failure nothing of it is left, and failed is the index of the function
// that is to blame, or -1.
func (w *writer) attempt(batch []*request) (failed int, err error) {
	w.tx.broken = nil
	if err := w.begin(); err != nil {
		return -1, w.note(w.tx.fail(err))
	}
	for i, r := range batch {
		w.tx.wrote = false
		r.result = w.call(r.fn)
		if w.tx.broken != nil {
			return -1, w.note(w.rollback(w.tx.broken))
		}
		if r.result != nil && w.tx.wrote {
			return i, w.rollback(r.result)
		}
	}
	if err := w.finish(); err != nil {
		return -1, w.note(w.rollback(err))
	}
	for _, fn := range w.tx.committed {
		fn()
	}
	w.writes.Add(int64(len(batch)))
	w.batches.Add(1)
	w.after(true)
	return -1, w.note(nil)
}

func (w *writer) begin() error {
	if w.stale {
		if w.after(false); w.stale {
			return *w.failure.Load()
		}
	}
	_, err := w.tx.exec("BEGIN IMMEDIATE")
	w.tx.changed = false
	clear(w.tx.committed)
	w.tx.committed = w.tx.committed[:0]
	return err
}

// call turns a panic into an error that takes the function's writes back, those to memory included: one defect must not
// end the goroutine every other request depends on.
func (w *writer) call(fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.tx.wrote = true
			err = fmt.Errorf("panic in a write: %v", p)
		}
		w.tx.conn.Reset() // rows that were not closed
	}()
	return fn(w.tx)
}

func (w *writer) finish() error {
	if w.options.BeforeCommit != nil {
		if err := w.options.BeforeCommit(w.tx); err != nil {
			return fmt.Errorf("before commit: %w", err)
		}
	}
	if err := w.tx.commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback returns cause. Where SQLite has rolled back already the statement fails, which changes nothing.
func (w *writer) rollback(cause error) error {
	broken := w.tx.broken
	_, _ = w.tx.exec("ROLLBACK")
	w.tx.broken = broken
	w.after(false)
	return cause
}

func (w *writer) after(committed bool) {
	if w.options.AfterBatch == nil {
		return
	}
	err := w.options.AfterBatch(committed)
	if w.stale = err != nil; w.stale {
		_ = w.note(fmt.Errorf("reload state: %w", err))
	}
}

// note keeps the error for Ping.
func (w *writer) note(err error) error {
	if err == nil {
		if !w.stale {
			w.failure.Store(nil)
		}
		return nil
	}
	w.failure.Store(&err)
	return err
}

func (w *writer) healthy() error {
	select {
	case <-w.closing:
		return w.away(ErrClosed)
	default:
	}
	if err := w.failure.Load(); err != nil {
		return w.away(*err)
	}
	return nil
}

func (w *writer) away(cause error) error {
	return fault.Away(w.options.Service+" store", cause)
}
