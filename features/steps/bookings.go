package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/cucumber/godog"
)

// booking is the answer to a booking request.
type booking struct {
	ID        string
	EventID   string `json:"event_id"`
	EventName string `json:"event_name"`
	Seats     int
	Status    string
	Reason    string
}

func (s *scenario) bookingSentences() []Sentence {
	return []Sentence{
		{"{person} books {n} seat(s) for {event}", "With a new idempotency key.", s.books},
		{"{person} books {n} seat(s) for {event} with the key {text}", "The key is the person's own.", s.booksWithKey},
		{"{person} books {n} seat(s) for {event} without a key", "", s.booksWithoutKey},
		{"{person} cannot book for {event} with any of these bodies:", "A table of body, problem and field.", s.cannotBookWith},
		{"{person} books a seat for an event that does not exist", "", s.booksNothing},
		{"{n} people book {n} seat(s) each for {event} at the same time", "", s.crowdBooks},
		{"{person} sends the same booking of {n} seat(s) for {event} {n} times at once", "All with one key.", s.storms},
		{"{person} cancels the booking", "Their last one.", s.cancelsBooking},
		{"{person} cancels the booking of {person}", "", s.cancelsBookingOf},
		{"{person} looks at the booking of {person}", "Their last one.", s.looksAtBookingOf},
		{"the booking is confirmed", "", s.bookingConfirmed},
		{"the booking is cancelled", "", s.bookingCancelled},
		{"exactly {n} of them are confirmed", "Of the bookings made at the same time.", s.crowdConfirmed},
		{"the others are refused as {problem}", "", s.crowdRefused},
		{"all of them got the same booking", "", s.crowdSame},
		{"{person} has {n} confirmed booking(s) for {event}", "Waits for it.", s.hasBookings},
		{"{person} has {n} cancelled booking(s) for {event}", "Waits for it.", s.hasCancelled},
		{"soon {person} can book {n} seat(s) for {event}", "Tries until it works.", s.soonBooks},
		{"soon {person} can no longer book {event}: {problem}",
			"Tries, for more seats than there are, until the reason is this one; then for one seat.", s.soonRefused},
	}
}

// book asks for seats without making the answer the scenario's last one.
func (s *scenario) book(ctx context.Context, who, event string, seats int) (*exchange, error) {
	r, err := s.bookingRequest(ctx, who, event, fmt.Sprintf(`{"seats":%d}`, seats), randomHex(16))
	if err != nil {
		return nil, err
	}
	return s.client.do(ctx, r)
}

func (s *scenario) bookingRequest(ctx context.Context, who, event, body, key string) (request, error) {
	p, err := s.actor(ctx, who)
	if err != nil {
		return request{}, err
	}
	id, err := s.event(event)
	if err != nil {
		return request{}, err
	}
	return request{method: http.MethodPost, path: "/api/v1/events/" + id + "/bookings", body: body, token: p.token, key: key}, nil
}

// sendBooking sends a booking request and remembers what was booked.
func (s *scenario) sendBooking(ctx context.Context, who, event, body, key string) error {
	r, err := s.bookingRequest(ctx, who, event, body, key)
	if err != nil {
		return err
	}
	if err := s.send(ctx, r); err != nil {
		return err
	}
	return s.remember(s.bookings, who)
}

func (s *scenario) books(ctx context.Context, who string, seats int, event string) error {
	return s.booksWithKey(ctx, who, seats, event, randomHex(16))
}

func (s *scenario) booksWithKey(ctx context.Context, who string, seats int, event, key string) error {
	return s.sendBooking(ctx, who, event, fmt.Sprintf(`{"seats":%d}`, seats), key)
}

func (s *scenario) booksWithoutKey(ctx context.Context, who string, seats int, event string) error {
	return s.booksWithKey(ctx, who, seats, event, "")
}

func (s *scenario) cannotBookWith(ctx context.Context, who, event string, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error {
		return s.sendBooking(ctx, who, event, row["body"], randomHex(16))
	})
}

// booksNothing uses an id of the right form: that of a person.
func (s *scenario) booksNothing(ctx context.Context, who string) error {
	p, err := s.actor(ctx, who)
	if err != nil {
		return err
	}
	return s.send(ctx, request{
		method: http.MethodPost, path: "/api/v1/events/" + p.id + "/bookings", body: `{"seats":1}`, token: p.token, key: randomHex(16),
	})
}

func (s *scenario) crowdBooks(ctx context.Context, people, seats int, event string) error {
	var requests []request
	for i := range people {
		r, err := s.bookingRequest(ctx, fmt.Sprintf("Buyer%d", i), event, fmt.Sprintf(`{"seats":%d}`, seats), randomHex(16))
		if err != nil {
			return err
		}
		requests = append(requests, r)
	}
	return s.atOnce(ctx, requests)
}

func (s *scenario) storms(ctx context.Context, who string, seats int, event string, times int) error {
	r, err := s.bookingRequest(ctx, who, event, fmt.Sprintf(`{"seats":%d}`, seats), randomHex(16))
	if err != nil {
		return err
	}
	var requests []request
	for range times {
		requests = append(requests, r)
	}
	return s.atOnce(ctx, requests)
}

// atOnce sends the requests side by side and keeps the answers as the crowd's.
func (s *scenario) atOnce(ctx context.Context, requests []request) error {
	answers := make([]*exchange, len(requests))
	errs := make([]error, len(requests))
	var sent sync.WaitGroup
	for i, r := range requests {
		sent.Go(func() { answers[i], errs[i] = s.client.do(ctx, r) })
	}
	sent.Wait()
	s.crowd = answers
	return errors.Join(errs...)
}

func (s *scenario) cancelsBooking(ctx context.Context, who string) error {
	return s.cancelsBookingOf(ctx, who, who)
}

func (s *scenario) cancelsBookingOf(ctx context.Context, who, owner string) error {
	return s.onBooking(ctx, who, owner, http.MethodDelete)
}

func (s *scenario) looksAtBookingOf(ctx context.Context, who, owner string) error {
	return s.onBooking(ctx, who, owner, http.MethodGet)
}

func (s *scenario) onBooking(ctx context.Context, who, owner, method string) error {
	id, ok := s.bookings[owner]
	if !ok {
		return fmt.Errorf("%s has booked nothing in this scenario", owner)
	}
	return s.sendAs(ctx, who, method, "/api/v1/bookings/"+id, "")
}

func (s *scenario) bookingConfirmed(context.Context) error {
	if s.last.method == http.MethodPost {
		if err := s.last.want(http.StatusCreated); err != nil {
			return err
		}
	}
	return s.bookingIs("confirmed")
}

func (s *scenario) bookingCancelled(context.Context) error {
	if err := s.last.want(http.StatusOK); err != nil {
		return err
	}
	return s.bookingIs("cancelled")
}

func (s *scenario) bookingIs(status string) error {
	var b booking
	if err := s.last.decode(&b); err != nil {
		return err
	}
	if b.Status != status {
		return s.last.unlike("the booking should be %s", status)
	}
	return nil
}

func (s *scenario) crowdConfirmed(_ context.Context, want int) error {
	confirmed, _ := s.crowdParted()
	if len(confirmed) != want {
		return fmt.Errorf("%d of %d bookings are confirmed, not %d", len(confirmed), len(s.crowd), want)
	}
	return nil
}

func (s *scenario) crowdRefused(_ context.Context, code string) error {
	_, others := s.crowdParted()
	for _, e := range others {
		if err := e.isProblem(code); err != nil {
			return err
		}
	}
	return nil
}

func (s *scenario) crowdParted() (confirmed, others []*exchange) {
	for _, e := range s.crowd {
		if e.status == http.StatusCreated {
			confirmed = append(confirmed, e)
		} else {
			others = append(others, e)
		}
	}
	return confirmed, others
}

func (s *scenario) crowdSame(context.Context) error {
	var first booking
	for i, e := range s.crowd {
		if err := e.want(http.StatusCreated); err != nil {
			return err
		}
		var b booking
		if err := e.decode(&b); err != nil {
			return err
		}
		if i == 0 {
			first = b
		}
		if b != first {
			return e.unlike("the booking should be %s, as in the other answers", first.ID)
		}
	}
	return nil
}

func (s *scenario) hasBookings(ctx context.Context, who string, want int, event string) error {
	return s.countBookings(ctx, who, want, event, "confirmed")
}

func (s *scenario) hasCancelled(ctx context.Context, who string, want int, event string) error {
	return s.countBookings(ctx, who, want, event, "cancelled")
}

func (s *scenario) countBookings(ctx context.Context, who string, want int, event, status string) error {
	id, err := s.event(event)
	if err != nil {
		return err
	}
	if _, err := s.list(ctx, listing{who, "/api/v1/bookings", url.Values{"limit": {"100"}}}); err != nil {
		return err
	}
	wanted := func(i item) bool { return i.EventID == id && i.Status == status }
	return s.listCounts(ctx, wanted, func(n int) bool { return n == want }, "%s should have %d %s bookings for %q", who, want, status, event)
}

func (s *scenario) soonBooks(ctx context.Context, who string, seats int, event string) error {
	return eventually(ctx, func(ctx context.Context) error {
		if err := s.books(ctx, who, seats, event); err != nil {
			return err
		}
		return s.last.want(http.StatusCreated)
	})
}

func (s *scenario) soonRefused(ctx context.Context, who, event, code string) error {
	err := eventually(ctx, func(ctx context.Context) error {
		e, err := s.book(ctx, who, event, mostSeats+1)
		if err != nil {
			return err
		}
		return e.isProblem(code)
	})
	if err != nil {
		return err
	}
	if err := s.books(ctx, who, 1, event); err != nil {
		return err
	}
	return s.last.isProblem(code)
}
