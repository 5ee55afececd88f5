package worlds

import (
	"errors"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/cloudevent"
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

func (f *faults) middleware(service string) []message.HandlerMiddleware {
	return []message.HandlerMiddleware{func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			event, err := cloudevent.Decode(m.Payload)
			if err == nil && f.take(fault{service, event.Type}) {
				return nil, errInjected
			}
			return next(m)
		}
	}}
}
