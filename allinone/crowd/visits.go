package crowd

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// visit is what one person does now.
type visit struct {
	*crowd
	rng *rand.Rand // decides all that is chance
	who *person
	n   uint64    // of the visit; no two have the same
	due time.Time // of the next request
}

// desire is what people come for.
type desire struct {
	share      int // of all visits
	visit      func(*visit, context.Context)
	organizers bool // wanted by the organizer, where there is one
}

// desires are what people come for, in thousandths.
func desires() []desire {
	return []desire{
		{share: 380, visit: (*visit).browse},
		{share: 140, visit: (*visit).read},
		{share: 100, visit: (*visit).search},
		{share: 180, visit: (*visit).book},
		{share: 20, visit: (*visit).bookTwice},
		{share: 90, visit: (*visit).lookAtBookings},
		{share: 35, visit: (*visit).cancel},
		{share: 35, visit: (*visit).blunder},
		{share: 7, visit: (*visit).returnLater},
		{share: 3, visit: (*visit).newcomer},
		{share: 10, visit: (*visit).organize, organizers: true},
	}
}

func pick(from []desire, rng *rand.Rand) desire {
	sum := 0
	for _, d := range from {
		sum += d.share
	}
	for at := rng.IntN(sum); ; from = from[1:] {
		if at -= from[0].share; at < 0 {
			return from[0]
		}
	}
}

// send sends a request of the visit. Where a token was taken back, its owner signs in before the next one.
func (v *visit) send(ctx context.Context, r request, expected ...int) answer {
	r.token = v.who.token
	a := v.anonymously(ctx, r, expected...)
	if a.status == http.StatusUnauthorized {
		v.who.token = ""
	}
	return a
}

// anonymously sends a request of the visit with no token but its own.
func (v *visit) anonymously(ctx context.Context, r request, expected ...int) answer {
	r.due = v.due
	a := v.client.send(ctx, r, expected...)
	v.due = time.Now() // people go on when they have their answer
	return a
}

// browse looks through a list of events, and often reloads it or goes on to its next page.
func (v *visit) browse(ctx context.Context) {
	paths := []string{
		"/events", "/events?limit=50", "/events?limit=100", "/events?country=DE", "/events?country=IT&min_seats_left=2",
		"/events?min_seats_left=10&limit=50", "/events?name=" + escaped(word(v.rng)), "/locations",
	}
	r := request{path: paths[v.rng.IntN(len(paths))]}
	first := v.anonymously(ctx, r, http.StatusOK)
	var shown page[event]
	if !first.decode(&shown) {
		return
	}
	if r.path != "/locations" {
		v.shelf.see(shown.Items...)
	}
	switch chance := v.rng.Float64(); {
	case chance < .4:
		r.etag = first.etag
		v.anonymously(ctx, r, http.StatusOK, http.StatusNotModified)
	case chance < .5 && shown.NextCursor != "" && r.path == "/events":
		var next page[event]
		if v.anonymously(ctx, request{path: "/events?cursor=" + escaped(shown.NextCursor)}, http.StatusOK).decode(&next) {
			v.shelf.see(next.Items...)
		}
	}
}

// read looks at one event.
func (v *visit) read(ctx context.Context) {
	e, known := v.shelf.pick(v.rng, 0)
	if !known {
		return
	}
	var shown event
	if v.anonymously(ctx, request{path: "/events/" + e.ID}, http.StatusOK).decode(&shown) {
		v.shelf.see(shown)
	}
}

func (v *visit) search(ctx context.Context) {
	words := word(v.rng)
	if v.rng.Float64() < .3 {
		words += " " + word(v.rng)
	}
	v.anonymously(ctx, request{path: "/search?q=" + escaped(words)}, http.StatusOK)
}

// lookAtBookings looks at one's own bookings, in one of the ways there are.
func (v *visit) lookAtBookings(ctx context.Context) {
	if !v.authenticate(ctx) {
		return
	}
	mine := v.who.bookings
	switch chance := v.rng.Float64(); {
	case chance < .5 && len(mine) > 0:
		v.verify(ctx, mine[v.rng.IntN(len(mine))])
	case chance < .7:
		v.send(ctx, request{path: "/search/bookings?q=" + escaped(word(v.rng))}, http.StatusOK)
	case chance < .8:
		v.send(ctx, request{path: "/users/me"}, http.StatusOK)
	default:
		v.send(ctx, request{path: "/bookings"}, http.StatusOK)
	}
}

// returnLater signs out and in again.
func (v *visit) returnLater(ctx context.Context) {
	if !v.authenticate(ctx) {
		return
	}
	if v.send(ctx, request{method: http.MethodDelete, path: "/sessions/current"}, http.StatusNoContent).ok() {
		v.who.token = ""
	}
	v.authenticate(ctx)
}

// newcomer signs up, looks at the account and does not come back.
func (v *visit) newcomer(ctx context.Context) {
	someone := v.newPerson(v.n, "newcomer")
	theirs := &visit{crowd: v.crowd, rng: v.rng, who: someone, n: v.n, due: v.due}
	if theirs.authenticate(ctx) {
		theirs.send(ctx, request{path: "/users/me"}, http.StatusOK)
		theirs.send(ctx, request{method: http.MethodDelete, path: "/sessions/current"}, http.StatusNoContent)
	}
}

// key returns an idempotency key that its owner uses for one order only.
func (v *visit) key() string { return fmt.Sprintf("load-%s-%d", v.run, v.n) }

// word returns one that people look for.
func word(rng *rand.Rand) string {
	words := append(kinds(), "night", "harbour", "winter", "north", "live")
	return words[rng.IntN(len(words))]
}

// kinds are those of events.
func kinds() []string {
	return []string{"Jazz", "Symphony", "Tango", "Comedy", "Choir", "Rock", "Poetry", "Science", "Ballet", "Folk"}
}
