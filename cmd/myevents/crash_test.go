package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	crashRounds  = 20
	crashBuyers  = 8
	crashEvents  = 4
	crashSeats   = 1500 // fewer than the rounds together want, so that selling out happens under fire too
	crashSearchQ = "/search/bookings?q=crash&limit=100"
)

// ledger is what the buyers were told.
type ledger struct {
	mu        sync.Mutex
	confirmed map[string]string   // booking id by idempotency key, for every 201
	rejected  map[string]struct{} // keys answered 409
	open      map[string]string   // event by key, for requests that were never answered
}

func (l *ledger) note(key, event string, a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch a.status {
	case http.StatusCreated:
		l.confirmed[key] = a.body["id"].(string)
	case http.StatusConflict:
		l.rejected[key] = struct{}{}
	default:
		l.open[key] = event
	}
}

// TestKilledProcessLosesNothing kills the process with SIGKILL at random moments under load, and proves after every
// restart, and at the end, that what was answered is there, that nothing is there twice or in part, and that every
// confirmed booking's message arrived.
func TestKilledProcessLosesNothing(t *testing.T) {
	binary, data := buildBinary(t), t.TempDir()
	s := startServer(t, binary, data)
	events := s.createEvents(t, s.organizer(t), crashEvents, crashSeats)
	_, token := s.signUp(t, "buyer@crash.example")
	awaitCopy(t, s, events)

	books := &ledger{confirmed: map[string]string{}, rejected: map[string]struct{}{}, open: map[string]string{}}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, seed))
	for round := range crashRounds {
		crash(s, token, events, round, books, time.Duration(50+random.IntN(300))*time.Millisecond)
		s = startServer(t, binary, data)
		retryOpen(t, s, token, books)
	}
	require.NotEmpty(t, books.confirmed)
	t.Logf("%d confirmed, %d rejected in %d rounds", len(books.confirmed), len(books.rejected), crashRounds)
	verify(t, s, token, events, books)
	s.stop(t)
}

// awaitCopy waits until the booking service knows the events.
func awaitCopy(t *testing.T, s *server, events []string) {
	t.Helper()
	_, token := s.signUp(t, "probe@crash.example")
	for i, event := range events {
		var made answer
		require.Eventually(t, func() bool {
			made = s.call(http.MethodPost, "/events/"+event+"/bookings", token, fmt.Sprint("probe-", i), map[string]int{"seats": 1})
			return made.status == http.StatusCreated
		}, 10*time.Second, 10*time.Millisecond)
		s.must(t, http.StatusOK, http.MethodDelete, "/bookings/"+made.body["id"].(string), token, nil)
	}
}

// crash lets buyers book until the process is killed under them.
func crash(s *server, token string, events []string, round int, books *ledger, after time.Duration) {
	var buyers sync.WaitGroup
	for buyer := range crashBuyers {
		buyers.Go(func() {
			for n := 0; ; n++ {
				key, event := fmt.Sprintf("r%d-b%d-n%d", round, buyer, n), events[(buyer+n)%len(events)]
				a := s.call(http.MethodPost, "/events/"+event+"/bookings", token, key, map[string]int{"seats": 1})
				books.note(key, event, a)
				if a.status == 0 {
					return
				}
			}
		})
	}
	timer := time.AfterFunc(after, s.kill)
	buyers.Wait()
	timer.Stop()
}

// retryOpen asks again for what was not answered, with the same keys, as a client would.
func retryOpen(t *testing.T, s *server, token string, books *ledger) {
	t.Helper()
	open := books.open
	books.open = map[string]string{}
	for key, event := range open {
		a := s.call(http.MethodPost, "/events/"+event+"/bookings", token, key, map[string]int{"seats": 1})
		books.note(key, event, a)
		require.NotContains(t, books.open, key, "a running platform answers, not %d %v\n%s", a.status, a.body, s.output)
	}
}

func verify(t *testing.T, s *server, token string, events []string, books *ledger) {
	t.Helper()
	kept := map[string]string{}
	perEvent := map[string]int{}
	for _, b := range s.items(t, "/bookings?limit=100", token) {
		kept[b["id"].(string)] = b["status"].(string)
		if b["status"] == "confirmed" {
			perEvent[b["event_id"].(string)] += int(b["seats"].(float64))
		}
	}
	for key, id := range books.confirmed {
		require.Equal(t, "confirmed", kept[id], "booking %s, key %s, was answered 201", id, key)
	}
	confirmed := 0
	for _, event := range events {
		require.LessOrEqual(t, perEvent[event], crashSeats, "oversold")
		confirmed += perEvent[event]
	}
	require.Equal(t, len(books.confirmed), confirmed, "one booking a confirmed key, no more")

	for _, event := range events {
		require.Eventually(t, func() bool {
			shown := s.must(t, http.StatusOK, http.MethodGet, "/events/"+event, "", nil)
			return int(shown["seats_left"].(float64)) == crashSeats-perEvent[event]
		}, 30*time.Second, 50*time.Millisecond, "the event service hears of every seat")
	}
	require.Eventually(t, func() bool { return len(s.items(t, crashSearchQ, token)) == confirmed }, 60*time.Second, 250*time.Millisecond,
		"the search service hears of every confirmed booking")
}
