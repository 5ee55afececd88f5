package crowd

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// booking is one that was answered 201.
type booking struct {
	id        string
	seats     int
	cancelled bool // the platform said so
	unclear   bool // it was asked to cancel, and did not say
}

// placed is a booking as the platform shows it.
type placed struct {
	ID     string `json:"id"`
	Seats  int    `json:"seats"`
	Status string `json:"status"`
}

// remembered is how many bookings a person has in mind.
const remembered = 100

// order is seats that somebody wants, under one key however often they ask.
type order struct {
	event event
	seats int
	key   string
}

// wish decides on an order, mostly for a few seats.
func (v *visit) wish() (order, bool) {
	seats := []int{1, 1, 2, 2, 2, 2, 3, 4, 4, 6}[v.rng.IntN(10)]
	e, known := v.shelf.pick(v.rng, seats)
	return order{event: e, seats: seats, key: v.key()}, known
}

// book orders seats.
func (v *visit) book(ctx context.Context) {
	o, known := v.wish()
	if known && v.authenticate(ctx) {
		v.order(ctx, o)
	}
}

// bookTwice orders seats and asks again, as a phone in a tunnel does. Both answers have to be the same.
func (v *visit) bookTwice(ctx context.Context) {
	o, known := v.wish()
	if !known || !v.authenticate(ctx) {
		return
	}
	first, again := v.order(ctx, o), v.try(ctx, o)
	var one, other placed
	if !first.decode(&one) {
		return
	}
	if again.status == http.StatusConflict || again.decode(&other) && other.ID != one.ID {
		v.books.contradicts(one.ID, fmt.Sprintf("repeated, its order was answered %d, booking %q", again.status, other.ID))
	}
}

// order asks until the answer is clear, or there is no hope. What was not answered is not in the books: the platform may
// have done it or not.
func (v *visit) order(ctx context.Context, o order) answer {
	a := v.try(ctx, o)
	for n := 1; n < attempts && a.unclear() && pause(ctx, time.Duration(n)*patience); n++ {
		a = v.try(ctx, o)
	}
	var made placed
	if a.status == http.StatusCreated && a.decode(&made) {
		v.tally.booked()
		v.remember(ctx, &booking{id: made.ID, seats: o.seats})
	}
	return a
}

func (v *visit) try(ctx context.Context, o order) answer {
	expected := []int{http.StatusCreated, http.StatusConflict}
	if o.event.young() {
		expected = append(expected, http.StatusNotFound)
	}
	return v.send(ctx, request{
		method: http.MethodPost, path: "/events/" + o.event.ID + "/bookings", key: o.key, body: map[string]int{"seats": o.seats},
	}, expected...)
}

// remember keeps a booking for the audit. Before the oldest is forgotten, it is looked at once more.
func (v *visit) remember(ctx context.Context, b *booking) {
	p := v.who
	if len(p.bookings) == remembered {
		v.verify(ctx, p.bookings[0])
		p.bookings = p.bookings[1:]
	}
	p.bookings = append(p.bookings, b)
}

// cancel gives the seats of a booking back.
func (v *visit) cancel(ctx context.Context) {
	if len(v.who.bookings) == 0 || !v.authenticate(ctx) {
		return
	}
	b := v.who.bookings[v.rng.IntN(len(v.who.bookings))]
	// A conflict: the event has begun. Not found is looked at below, in its own words.
	a := v.send(ctx, request{method: http.MethodDelete, path: "/bookings/" + b.id}, http.StatusOK, http.StatusConflict)
	switch {
	case a.ok():
		b.cancelled = true
	case a.status == http.StatusNotFound:
		v.books.contradicts(b.id, "answered 404 when it was cancelled")
	case a.unclear():
		b.unclear = true
	}
}

// verify compares a booking with what the platform shows of it, and reports whether that could be seen.
func (v *visit) verify(ctx context.Context, b *booking) bool {
	a := v.send(ctx, request{path: "/bookings/" + b.id}, http.StatusOK)
	if a.status == http.StatusNotFound {
		v.books.contradicts(b.id, "answered 404")
		return true
	}
	var shown placed
	if !a.decode(&shown) {
		return false
	}
	want := "confirmed"
	if b.cancelled || b.unclear && shown.Status == "cancelled" {
		want = "cancelled"
	}
	if shown != (placed{ID: b.id, Seats: b.seats, Status: want}) {
		v.books.contradicts(b.id, fmt.Sprintf("has %d seats and is %s, should have %d and be %s", shown.Seats, shown.Status, b.seats, want))
	}
	return true
}
