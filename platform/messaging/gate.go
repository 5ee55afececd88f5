package messaging

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/fault"
)

// Gate is what Publish calls go through, so that a publisher ends only after them. The zero value is open.
type Gate struct {
	mu       sync.Mutex
	closed   bool
	underWay sync.WaitGroup
}

// Enter fails with an Unavailable fault once the gate is closed; then there is nothing to leave.
func (g *Gate) Enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return fault.Away("message broker", errors.New("publisher is closed"))
	}
	g.underWay.Add(1)
	return nil
}

// Leave ends what Enter began.
func (g *Gate) Leave() { g.underWay.Done() }

// Close lets nobody in any more and waits for those who are. It returns false where it was closed before.
func (g *Gate) Close() (first bool) {
	g.mu.Lock()
	first = !g.closed
	g.closed = true
	g.mu.Unlock()
	g.underWay.Wait()
	return first
}

// CheckSizes fails with an Invalid fault where a message is larger than any broker has to take.
func CheckSizes(messages []*message.Message) error {
	for _, m := range messages {
		if len(m.Payload) > MaxSize {
			return fault.New(fault.Invalid, "message-too-large",
				fmt.Sprintf("The message has %d bytes, more than the limit of %d.", len(m.Payload), MaxSize))
		}
	}
	return nil
}
