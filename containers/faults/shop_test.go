package faults_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/myevents/myevents/features/worlds"
)

// shop is a platform that has an organizer, a location and people with accounts.
type shop struct {
	*client
	organizer string // token
	location  string // id
	buyers    []buyer
}

// buyer is somebody who is signed in.
type buyer struct{ name, token string }

const buyers = 8

func openShop(t *testing.T, gateway string) *shop {
	t.Helper()
	s := &shop{client: newClient(gateway)}
	first := worlds.FirstOperator()
	operator, _ := s.enter(t, first.Email, first.Password)
	organizer, id := s.enter(t, "organizer@example.com", "a good password")
	s.must(t, request{
		method: http.MethodPut, path: "/api/v1/users/" + id + "/roles", token: operator,
		body: map[string]any{"roles": []string{"customer", "organizer"}},
	}, http.StatusOK, nil)
	s.organizer = s.renew(t, organizer)
	var location struct{ ID string }
	s.must(t, request{method: http.MethodPost, path: "/api/v1/locations", token: s.organizer, body: map[string]any{
		"name": "Old Brewery", "address": "Malzgasse 3, 80331 Munich", "country": "DE",
		"halls": []any{map[string]any{"name": "Great Hall", "capacity": largeCapacity}},
	}}, http.StatusCreated, &location)
	s.location = location.ID
	for i := range buyers {
		token, _ := s.enter(t, fmt.Sprintf("buyer%d@example.com", i), "a good password")
		s.buyers = append(s.buyers, buyer{fmt.Sprintf("buyer %d", i), token})
	}
	return s
}

// enter signs somebody up and in.
func (s *shop) enter(t *testing.T, email, password string) (token, id string) {
	t.Helper()
	s.must(t, request{method: http.MethodPost, path: "/api/v1/users", body: map[string]string{
		"email": email, "password": password, "first_name": "Anna", "last_name": "Example",
	}}, http.StatusCreated, nil)
	var session struct{ Token string }
	s.must(t, request{method: http.MethodPost, path: "/api/v1/sessions", body: map[string]string{
		"email": email, "password": password,
	}}, http.StatusCreated, &session)
	var user struct{ ID string }
	s.must(t, request{method: http.MethodGet, path: "/api/v1/users/me", token: session.Token}, http.StatusOK, &user)
	return session.Token, user.ID
}

// renew returns a token with the roles that somebody has by now.
func (s *shop) renew(t *testing.T, token string) string {
	t.Helper()
	var session struct{ Token string }
	s.must(t, request{method: http.MethodPut, path: "/api/v1/sessions/current", token: token}, http.StatusOK, &session)
	return session.Token
}

// The events of a fault: one that sells out while it is harmed, and one that doesn't.
const (
	smallCapacity = 60
	largeCapacity = 1_000_000
)

// event is on sale.
type event struct {
	id, name string
	capacity int
}

// announce puts an event on sale. Its name is a word of its own.
func (s *shop) announce(t *testing.T, name string, capacity int) event {
	t.Helper()
	starts := time.Now().Add(30 * 24 * time.Hour)
	var created struct{ ID string }
	s.must(t, request{method: http.MethodPost, path: "/api/v1/events", token: s.organizer, body: map[string]any{
		"name": name, "starts_at": starts, "ends_at": starts.Add(2 * time.Hour), "location_id": s.location, "hall": "Great Hall",
		"capacity": capacity, "price": map[string]any{"amount": 2500, "currency": "EUR"},
	}}, http.StatusCreated, &created)
	return event{created.ID, name, capacity}
}

func (e event) path() string     { return "/api/v1/events/" + e.id }
func (e event) bookings() string { return e.path() + "/bookings" }
