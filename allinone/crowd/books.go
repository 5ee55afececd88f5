package crowd

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	auditTimeout = 20 * time.Second
	eventsKept   = 200
	told         = 5 // contradictions that the error names
)

// books are what the platform has said, but for the bookings, which their owners remember.
type books struct {
	mu             sync.Mutex
	events         []string          // ids of those listed, oldest first
	contradictions map[string]string // what is wrong, by the id of a booking or event
}

func newBooks() *books { return &books{contradictions: map[string]string{}} }

func (b *books) list(event string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.events) == eventsKept {
		b.events = b.events[1:]
	}
	b.events = append(b.events, event)
}

// anyEvent returns one that was listed; there must be one.
func (b *books) anyEvent(rng *rand.Rand) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events[rng.IntN(len(b.events))]
}

func (b *books) contradicts(id, how string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.contradictions[id] = how
}

// audit looks at every booking that somebody remembers and at every event in the books. It asks again where it gets no clear
// answer: what cannot be looked at does not pass.
func (c *crowd) audit(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, auditTimeout)
	defer cancel()
	var seen, unseen atomic.Int64
	look := func(verify func() bool) {
		for !verify() {
			if !pause(ctx, patience) {
				unseen.Add(1)
				return
			}
		}
		seen.Add(1)
	}
	var all sync.WaitGroup
	for _, p := range c.people {
		all.Go(func() {
			v := &visit{crowd: c, who: p, due: time.Now()}
			for _, b := range p.bookings {
				look(func() bool { return v.authenticate(ctx) && v.verify(ctx, b) })
			}
		})
	}
	all.Go(func() {
		for _, id := range c.books.events {
			look(func() bool { return c.verifyEvent(ctx, id) })
		}
	})
	all.Wait()
	return c.verdict(seen.Load(), unseen.Load())
}

func (c *crowd) verifyEvent(ctx context.Context, id string) bool {
	a := c.client.send(ctx, request{path: "/events/" + id}, http.StatusOK)
	if a.status == http.StatusNotFound {
		c.books.contradicts(id, "answered 404")
	}
	return a.ok() || a.status == http.StatusNotFound
}

func (c *crowd) verdict(seen, unseen int64) error {
	wrong := c.books.contradictions
	switch {
	case len(wrong) > 0:
		var which []string
		for _, id := range slices.Sorted(maps.Keys(wrong))[:min(told, len(wrong))] {
			which = append(which, id+": "+wrong[id])
		}
		return fmt.Errorf("audit: %d of %d bookings and events are not as they were answered: %s",
			len(wrong), seen+unseen, strings.Join(which, "; "))
	case unseen > 0:
		return fmt.Errorf("audit: %d of %d bookings and events could not be looked at", unseen, seen+unseen)
	default:
		_, err := fmt.Fprintf(c.options.Out, "audit: all %d bookings and events are as they were answered\n", seen)
		return err
	}
}
