package crowd

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// event is what people see of an event.
type event struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Hall      string    `json:"hall"`
	StartsAt  time.Time `json:"starts_at"`
	CreatedAt time.Time `json:"created_at"`
	Status    string    `json:"status"`
	SeatsLeft int       `json:"seats_left"`
}

// young reports whether not every service may have heard of the event yet.
func (e event) young() bool { return time.Since(e.CreatedAt) < time.Minute }

func (e event) bookable() bool { return e.Status != "cancelled" && time.Now().Before(e.StartsAt) }

// shelfSize is how many events people have in mind.
const shelfSize = 100

// shelf holds the events that people know of, from what they were shown: it may be out of date, as a page in a browser is.
// Those in front are the most popular.
type shelf struct {
	own bool // only what the crowd has listed: seats of others' events may be counted on by somebody

	mu     sync.Mutex
	events []event
}

// see takes over what somebody was shown.
func (s *shelf) see(events ...event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		i := slices.IndexFunc(s.events, func(known event) bool { return known.ID == e.ID })
		switch {
		case i >= 0 && e.bookable():
			s.events[i] = e
		case i >= 0:
			s.events = slices.Delete(s.events, i, i+1)
		case !s.own && e.bookable() && e.SeatsLeft > 0:
			s.add(e)
		}
	}
}

// list takes an event that the crowd has listed.
func (s *shelf) list(e event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(e)
}

func (s *shelf) add(e event) {
	s.makeRoom()
	s.events = append(s.events, e)
}

// makeRoom forgets an event where there are too many, one that is sold out rather than one that is not.
func (s *shelf) makeRoom() {
	if len(s.events) < shelfSize {
		return
	}
	i := max(0, slices.IndexFunc(s.events, func(e event) bool { return e.SeatsLeft == 0 }))
	s.events = slices.Delete(s.events, i, i+1)
}

func (s *shelf) empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.events) == 0
}

// seatsLeft returns how many seats there are in all, as far as people know.
func (s *shelf) seatsLeft() (seats int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		seats += e.SeatsLeft
	}
	return seats
}

// pick returns an event that somebody wants so many seats of. Most do not try where they know that too few are left. It
// reports whether there is any event.
func (s *shelf) pick(rng *rand.Rand, seats int) (event, bool) {
	const looks, stubborn = 4, 0.25
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.events) == 0 {
		return event{}, false
	}
	var e event
	for range looks {
		e = s.events[int(float64(len(s.events))*math.Pow(rng.Float64(), 2))]
		if e.SeatsLeft >= seats || rng.Float64() < stubborn {
			break
		}
	}
	return e, true
}
