package worlds

import (
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
	return []messaging.Middleware{messaging.Failing(func(e cloudevent.Event) error {
		if f.take(fault{service, e.Type}) {
			return errInjected
		}
		return nil
	})}
}
