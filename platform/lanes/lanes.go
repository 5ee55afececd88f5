// Package lanes has jobs of one key, such as changes of one aggregate, done one after the other or together, while those of
// other keys go on.
package lanes

import "sync"

// Lanes is a lane for each key that has jobs: a queue and a goroutine, which last for as long as something waits there. What
// comes while a batch is being done gathers for the next. Create it with New; it is safe for concurrent use.
type Lanes[J any] struct {
	take func(waiting []J) (batch, rest []J)
	open func(key string) func(batch []J)

	running sync.WaitGroup

	mu      sync.Mutex
	waiting map[string][]J // by key; there is an entry exactly while the key's goroutine runs
	closed  bool
}

// New returns lanes without jobs. take says which of the jobs that wait, at least one, are done next; it is called under a
// lock. open returns what does them, for as long as the lane lasts: it may remember from batch to batch. It must not
// keep the batch.
func New[J any](take func(waiting []J) (batch, rest []J), open func(key string) func(batch []J)) *Lanes[J] {
	return &Lanes[J]{take: take, open: open, waiting: map[string][]J{}}
}

// First takes the n jobs that came first, or all where there are fewer.
func First[J any](n int) func(waiting []J) (batch, rest []J) {
	return func(waiting []J) (batch, rest []J) {
		n := min(n, len(waiting))
		return waiting[:n:n], waiting[n:]
	}
}

// Add puts a job at the end of its lane; it returns false after Close.
func (l *Lanes[J]) Add(key string, job J) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	queue, running := l.waiting[key]
	l.waiting[key] = append(queue, job)
	if !running {
		l.running.Go(func() { l.run(key) })
	}
	return true
}

// Busy reports whether there is a lane for the key.
func (l *Lanes[J]) Busy(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, busy := l.waiting[key]
	return busy
}

// Close lets no more jobs in and returns when those that are have been done.
func (l *Lanes[J]) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.running.Wait()
}

func (l *Lanes[J]) run(key string) {
	do := l.open(key)
	for {
		batch := l.next(key)
		if len(batch) == 0 {
			return
		}
		do(batch)
		clear(batch) // it may be the head of a long queue, which would keep what is done
	}
}

// next takes the next batch, or removes the lane where nothing waits.
func (l *Lanes[J]) next(key string) []J {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting[key]) == 0 {
		delete(l.waiting, key)
		return nil
	}
	batch, rest := l.take(l.waiting[key])
	l.waiting[key] = rest
	return batch
}
