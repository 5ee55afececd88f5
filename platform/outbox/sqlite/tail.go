package sqlite

import (
	"math"
	"slices"
	"sync"

	"github.com/myevents/myevents/platform/outbox"
)

// The most that waits in memory for a relay: a second of a busy service.
const (
	tailEntries = 4096
	tailBytes   = 4 << 20
)

// tail is the newest entries, those that the relay has not published yet. Where the relay falls behind they are dropped:
// it reads the table then, and comes back to the tail when it has caught up.
type tail struct {
	appended chan struct{} // holds one value at most

	mu      sync.Mutex
	after   int64 // every entry behind this position is here
	entries []outbox.Entry
	bytes   int // of the payloads
}

func newTail() *tail {
	// Until the first commit nothing is known of what is in the table.
	return &tail{appended: make(chan struct{}, 1), after: math.MaxInt64}
}

// add takes committed entries, which follow those it has. It is called by the writer's goroutine, in the order of commits.
func (t *tail) add(entries []outbox.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.after == math.MaxInt64 {
		t.after = entries[0].Seq - 1
	}
	t.entries = append(t.entries, entries...)
	t.bytes += size(entries)
	if len(t.entries) > tailEntries || t.bytes > tailBytes {
		t.forget(t.entries[len(t.entries)-1].Seq)
	}
	select {
	case t.appended <- struct{}{}:
	default:
	}
}

// newest implements outbox.Handover.
func (t *tail) newest(after int64, limit int) ([]outbox.Entry, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if after < t.after {
		return nil, false
	}
	t.forget(after)
	return slices.Clone(t.entries[:min(limit, len(t.entries))]), true
}

// forget drops everything up to the position. The caller holds the mutex.
func (t *tail) forget(position int64) {
	n := 0
	for n < len(t.entries) && t.entries[n].Seq <= position {
		n++
	}
	t.bytes -= size(t.entries[:n])
	t.entries = slices.Delete(t.entries, 0, n)
	t.after = position
}

func size(entries []outbox.Entry) (bytes int) {
	for _, e := range entries {
		bytes += len(e.Payload)
	}
	return bytes
}
