package worlds

import (
	"context"
	"errors"
	"sync"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/messaging"
)

// fault is the handling of a message type by a service.
type fault struct{ service, messageType string }

// faults makes handlings fail. It is safe for concurrent use.
type faults struct {
	mu   sync.Mutex
	left map[fault]int // how many more times
}

var errInjected = errors.New("a fault that the test injected")

func (f *faults) add(which fault, times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left[which] += times
}

// take reports whether this handling has to fail.
func (f *faults) take(which fault) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left[which] == 0 {
		return false
	}
	f.left[which]--
	return true
}

// middleware makes the messages of a batch fail that have to; the others are handled.
func (f *faults) middleware(service string) []messaging.Middleware {
	return []messaging.Middleware{func(next messaging.BatchHandler) messaging.BatchHandler {
		return func(ctx context.Context, batch []cloudevent.Event) []error {
			errs := make([]error, len(batch))
			var rest []cloudevent.Event
			var from []int // indexes of the rest in the batch
			for i, event := range batch {
				if f.take(fault{service, event.Type}) {
					errs[i] = errInjected
					continue
				}
				rest, from = append(rest, event), append(from, i)
			}
			if len(rest) > 0 {
				for n, err := range next(ctx, rest) {
					errs[from[n]] = err
				}
			}
			return errs
		}
	}}
}
