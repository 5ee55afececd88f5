package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

const (
	pause    = 150 * time.Millisecond // of a buyer between two wishes
	attempts = 3                      // then a buyer gives up, not knowing what became of the order
)

// sale is people buying, cancelling and looking around, from its start to its end.
type sale struct {
	*ledger
	shop         *shop
	small, large event
	cancel       context.CancelFunc
	people       sync.WaitGroup
}

// openSale lets all buyers buy until the sale is closed, or the test ends.
func openSale(t *testing.T, s *shop, small, large event) *sale {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	a := &sale{ledger: &ledger{}, shop: s, small: small, large: large, cancel: cancel}
	for _, b := range s.buyers {
		a.people.Go(func() { a.buy(ctx, b) })
	}
	for service, r := range map[string]request{
		"event":    {method: http.MethodGet, path: large.path()},
		"search":   {method: http.MethodGet, path: "/api/v1/search?q=" + large.name},
		"identity": {method: http.MethodGet, path: "/api/v1/users/me", token: s.buyers[0].token},
	} {
		a.people.Go(func() { a.look(ctx, service, r) })
	}
	t.Cleanup(a.close)
	return a
}

// close waits until everybody has finished what they were about.
func (a *sale) close() {
	a.cancel()
	a.people.Wait()
}

func (a *sale) buy(ctx context.Context, b buyer) {
	for wait(ctx, pause) {
		e := a.large
		if rand.N(4) == 0 {
			e = a.small
		}
		o := a.open(b, e, 1+rand.N(3))
		a.place(ctx, o)
		if o.booking != "" && rand.N(5) == 0 {
			a.giveBack(ctx, o)
		}
	}
}

// place asks until there is an answer that decides, or the buyer gives up.
func (a *sale) place(ctx context.Context, o *order) {
	for range attempts {
		answer := a.shop.ask(context.WithoutCancel(ctx), o.request())
		a.note("booking", answer)
		if o.decide(answer); o.first.status != 0 || !wait(ctx, pause) {
			return
		}
	}
}

// decide takes the first answer that says what became of the order.
func (o *order) decide(a answer) {
	if a.status != http.StatusCreated && a.status != http.StatusConflict {
		return
	}
	var b struct{ ID string }
	if a.status == http.StatusCreated && json.Unmarshal(a.body, &b) == nil {
		o.booking = b.ID
	}
	o.first = a
}

// giveBack asks once. Whatever the answer is: that the buyer has asked is in the ledger.
func (a *sale) giveBack(ctx context.Context, o *order) {
	o.cancelled = true
	a.note("booking", a.shop.ask(context.WithoutCancel(ctx), o.cancellation()))
}

// look keeps asking a service besides the one that sells.
func (a *sale) look(ctx context.Context, service string, r request) {
	for wait(ctx, pause) {
		a.note(service, a.shop.ask(context.WithoutCancel(ctx), r))
	}
}

// wait reports whether the sale still goes on after a while.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// goesOn waits until so many bookings were made after a time.
func (a *sale) goesOn(t *testing.T, since time.Time, bookings int) {
	t.Helper()
	eventually(t, func() string {
		if n := a.answered(since, "booking", http.StatusCreated); n < bookings {
			return fmt.Sprintf("only %d bookings", n)
		}
		return ""
	})
}

// settle asks for each order again. Those that were decided must be answered as they were; the others get their answer
// now, and again. Cancellations of which nobody knows what became of them are asked for again too.
func (a *sale) settle(t *testing.T) {
	t.Helper()
	orders, troubles := make(chan *order), make(chan string, len(a.orders))
	var auditors sync.WaitGroup
	for range buyers {
		auditors.Go(func() {
			for o := range orders {
				if err := a.repeat(t.Context(), o); err != nil {
					troubles <- err.Error()
				}
			}
		})
	}
	for _, o := range a.orders {
		orders <- o
	}
	close(orders)
	auditors.Wait()
	close(troubles)
	for trouble := range troubles {
		t.Error(trouble)
	}
}

func (a *sale) repeat(ctx context.Context, o *order) error {
	again := a.shop.ask(ctx, o.request())
	if o.first.status == 0 {
		o.decide(again)
		again = a.shop.ask(ctx, o.request())
	}
	same := again.status == o.first.status && again.problem == o.first.problem
	if o.booking != "" {
		same = same && string(again.body) == string(o.first.body)
	}
	if !same || o.first.status == 0 {
		return fmt.Errorf("order %q was answered %d %s, then %d %s", o.key, o.first.status, o.first.body, again.status, again.body)
	}
	if o.cancelled {
		if gone := a.shop.ask(ctx, o.cancellation()); gone.status != http.StatusOK {
			return fmt.Errorf("booking %s of order %q cannot be cancelled: %d %s", o.booking, o.key, gone.status, gone.body)
		}
	}
	return nil
}
