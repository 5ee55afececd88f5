package faults_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drains waits until nothing is under way any more, and requires that nothing was given up.
func (p *platform) drains(t *testing.T) {
	t.Helper()
	for _, waiting := range []string{"outbox_pending_messages", "messaging_pending_messages", "messaging_in_flight_messages"} {
		p.measures(t, 0, waiting)
	}
	require.Zero(t, p.measure(t, "dead_letters_waiting"))
	require.Zero(t, p.measure(t, "dead_letters_total"))
}

// measures waits until the series that match have a sum.
func (p *platform) measures(t *testing.T, want int, query string) {
	t.Helper()
	eventually(t, func() string {
		if sum := p.measure(t, query); sum != float64(want) {
			return fmt.Sprintf("%s is %v, should be %d", query, sum, want)
		}
		return ""
	})
}

// balances requires that every part of the platform says what the ledger says.
func (p *platform) balances(t *testing.T, s *sale) {
	t.Helper()
	inventories := p.inventories(t)
	for _, e := range []event{s.small, s.large} {
		taken := s.taken(e)
		require.LessOrEqual(t, taken, e.capacity, "oversold")
		assert.Equal(t, taken, inventories[e.id].SeatsTaken, "seats taken of %s", e.name)
		p.showsSeatsLeft(t, e, e.capacity-taken)
		p.isFound(t, e)
	}
	for _, b := range p.shop.buyers {
		p.listsBookings(t, s, b)
	}
	require.Zero(t, p.measure(t, "myevents_inventory_mismatch_seats"))
}

// showsSeatsLeft asks the event service, which is told by messages, and the auditor, who counts bookings: it has looked
// after everything was over where it shows this number.
func (p *platform) showsSeatsLeft(t *testing.T, e event, left int) {
	t.Helper()
	eventually(t, func() string {
		var seen struct {
			SeatsLeft int `json:"seats_left"`
		}
		p.shop.must(t, request{method: http.MethodGet, path: e.path()}, http.StatusOK, &seen)
		if seen.SeatsLeft != left {
			return fmt.Sprintf("the event service says that %s has %d seats left, should be %d", e.name, seen.SeatsLeft, left)
		}
		return ""
	})
	p.measures(t, left, fmt.Sprintf(`myevents_seats_left{event="%s"}`, e.id))
}

func (p *platform) isFound(t *testing.T, e event) {
	t.Helper()
	type hit struct{ ID string }
	require.Contains(t, list[hit](t, p.shop.client, "/api/v1/search?limit=100&q="+e.name, ""), hit{e.id})
}

// booked is a booking as the booking service or the search lists it.
type booked struct {
	ID      string
	EventID string `json:"event_id"`
	Seats   int
	Status  string
}

// listsBookings requires that a buyer finds exactly the bookings of the ledger, each once.
func (p *platform) listsBookings(t *testing.T, s *sale, b buyer) {
	t.Helper()
	var want []booked
	for _, o := range s.orders {
		if o.buyer == b {
			want = append(want, booked{o.booking, o.event.id, o.seats, o.state()})
		}
	}
	listed := ofSale(s, list[booked](t, p.shop.client, "/api/v1/bookings?limit=100", b.token))
	assert.ElementsMatch(t, want, listed, "the list of %s", b.name)
	confirmed := slices.DeleteFunc(want, func(x booked) bool { return x.Status == "rejected" })
	var found []booked
	eventually(t, func() string {
		found = nil
		for _, e := range []event{s.small, s.large} {
			found = append(found, list[booked](t, p.shop.client, "/api/v1/search/bookings?limit=100&q="+e.name, b.token)...)
		}
		if found = ofSale(s, found); len(found) != len(confirmed) {
			return fmt.Sprintf("%s finds %d of %d bookings", b.name, len(found), len(confirmed))
		}
		return ""
	})
	assert.ElementsMatch(t, confirmed, found, "what %s finds", b.name)
}

// ofSale leaves out the bookings of other events, such as those of an earlier fault, and the ids that nobody was told: those
// of rejected ones.
func ofSale(s *sale, all []booked) (own []booked) {
	for _, b := range all {
		if b.Status == "rejected" {
			b.ID = ""
		}
		if b.EventID == s.small.id || b.EventID == s.large.id {
			own = append(own, b)
		}
	}
	return own
}
