package faults_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ledger keeps the account of what people asked and what they were told. It is safe for concurrent use; an order belongs to
// its buyer while selling goes on.
type ledger struct {
	mu     sync.Mutex
	orders []*order
	told   []told
}

// order is one wish, however often it was asked for.
type order struct {
	buyer     buyer
	event     event
	key       string
	seats     int
	first     answer // the first that decided it; the zero answer: none has
	booking   string // id, once it is confirmed
	cancelled bool   // the buyer has asked for that, and it holds once it was answered
}

// told is an answer, and what it was about.
type told struct {
	service string // that has to answer behind the gateway
	answer
}

func (o *order) request() request {
	return request{
		method: http.MethodPost, path: o.event.bookings(), token: o.buyer.token, key: o.key, body: map[string]int{"seats": o.seats},
	}
}

func (o *order) cancellation() request {
	return request{method: http.MethodDelete, path: "/api/v1/bookings/" + o.booking, token: o.buyer.token}
}

// state is what the buyer's list of bookings has to say.
func (o *order) state() string {
	switch {
	case o.booking == "":
		return "rejected"
	case o.cancelled:
		return "cancelled"
	default:
		return "confirmed"
	}
}

// open adds an order that nobody has asked for yet.
func (l *ledger) open(b buyer, e event, seats int) *order {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := &order{buyer: b, event: e, seats: seats, key: fmt.Sprintf("%s %s %d", b.name, e.id, len(l.orders))}
	l.orders = append(l.orders, o)
	return o
}

func (l *ledger) note(service string, a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, told{service, a})
}

// strange returns the answers that nobody should ever get: others than success, sold out, and a problem that says that
// something is away.
func (l *ledger) strange() (all []string) {
	for _, a := range l.told {
		switch {
		case a.status == http.StatusOK, a.status == http.StatusCreated:
		case a.status == http.StatusConflict && (a.problem == "sold-out" || a.problem == "not-enough-seats"):
		case a.status == http.StatusServiceUnavailable && a.problem == "unavailable":
		default:
			all = append(all, fmt.Sprintf("%s answered %d after %s: %s", a.service, a.status, a.took, a.body))
		}
	}
	return all
}

// taken returns how many seats of the event were booked and not cancelled.
func (l *ledger) taken(e event) (seats int) {
	for _, o := range l.orders {
		if o.event == e && o.state() == "confirmed" {
			seats += o.seats
		}
	}
	return seats
}

// answered returns how many answers had one of the statuses, in a period.
func (l *ledger) answered(since time.Time, service string, statuses ...int) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.told {
		if a.service == service && !a.asked.Before(since) && slices.Contains(statuses, a.status) {
			n++
		}
	}
	return n
}

// figures are about the answers of a period.
type figures struct {
	served, refused         int
	typicalRefusal, longest time.Duration // half of the refusals were quicker; of all answers
}

// figures returns those of a service for what was asked in a period.
func (l *ledger) figures(service string, from, to time.Time) (f figures) {
	var refusals []time.Duration
	for _, a := range l.told {
		if a.service != service || a.asked.Before(from) || a.asked.After(to) {
			continue
		}
		f.longest = max(f.longest, a.took)
		if a.status != http.StatusServiceUnavailable {
			f.served++
			continue
		}
		f.refused++
		refusals = append(refusals, a.took)
	}
	if slices.Sort(refusals); len(refusals) > 0 {
		f.typicalRefusal = refusals[len(refusals)/2]
	}
	return f
}
