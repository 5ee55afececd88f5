package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// API is the platform's public API as a signed-in user sees it.
type API struct {
	client *http.Client
	addr   string
	token  string
}

// call sends a JSON request and decodes the answer into `into` unless that is nil.
func (a API) call(ctx context.Context, method, path string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+a.addr+"/api/v1"+path, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", fmt.Sprint(time.Now().UnixNano()))
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	res, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// signUp makes a user and signs in.
func signUp(ctx context.Context, client *http.Client, addr string, o Operator) (API, string, error) {
	a := API{client: client, addr: addr}
	var user struct {
		ID string `json:"id"`
	}
	err := a.call(ctx, http.MethodPost, "/users", map[string]string{
		"email": o.Email, "password": o.Password, "first_name": "Bench", "last_name": "Mark",
	}, &user)
	if err != nil {
		return a, "", err
	}
	var session struct {
		Token string `json:"token"`
	}
	err = a.call(ctx, http.MethodPost, "/sessions", map[string]string{"email": o.Email, "password": o.Password}, &session)
	a.token = session.Token
	return a, user.ID, err
}

// Operator is the account that becomes a platform's first operator.
type Operator struct{ Email, Password string }

// Organizer signs the first operator up at a fresh platform, host and port, and returns the session, with the organizer's
// role as well. The client's timeout bounds each call.
func Organizer(ctx context.Context, client *http.Client, addr string, o Operator) (API, error) {
	a, id, err := signUp(ctx, client, addr, o)
	if err != nil {
		return a, err
	}
	if err := a.call(ctx, http.MethodPut, "/users/"+id+"/roles", map[string]any{"roles": []string{"operator", "organizer"}}, nil); err != nil {
		return a, err
	}
	var session struct {
		Token string `json:"token"`
	}
	err = a.call(ctx, http.MethodPut, "/sessions/current", nil, &session)
	a.token = session.Token
	return a, err
}

// CreateEvents lists n events with so many seats and returns their ids, once the booking service sells the last of them.
func (a API) CreateEvents(ctx context.Context, n, seats int) ([]string, error) {
	var location struct {
		ID string `json:"id"`
	}
	err := a.call(ctx, http.MethodPost, "/locations", map[string]any{
		"name": "Bench Arena", "address": "1 Loopback Lane", "country": "DE",
		"halls": []map[string]any{{"name": "Main", "capacity": seats}},
	}, &location)
	if err != nil {
		return nil, err
	}
	ids := make([]string, n)
	for i := range ids {
		var made struct {
			ID string `json:"id"`
		}
		starts := time.Now().Add(30*24*time.Hour + time.Duration(i)*time.Minute).UTC().Truncate(time.Second)
		err := a.call(ctx, http.MethodPost, "/events", map[string]any{
			"name": fmt.Sprintf("Benchmark concert %d", i), "starts_at": starts, "ends_at": starts.Add(2 * time.Hour),
			"location_id": location.ID, "hall": "Main", "capacity": seats, "price": map[string]any{"amount": 4500, "currency": "EUR"},
		}, &made)
		if err != nil {
			return nil, err
		}
		ids[i] = made.ID
	}
	return ids, a.AwaitSelling(ctx, ids[n-1])
}

// AwaitSelling books one seat as soon as the booking service has heard of the event. Where the broker keeps no order between
// events, it may have heard of this one and not of those before.
func (a API) AwaitSelling(ctx context.Context, event string) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		err := a.call(ctx, http.MethodPost, "/events/"+event+"/bookings", map[string]int{"seats": 1}, nil)
		if err == nil || ctx.Err() != nil {
			return err
		}
		Pause(ctx, 2*time.Millisecond)
	}
}

// Bookings makes requests for one seat each, going round the events; the run's name keeps the idempotency keys apart.
func (a API) Bookings(run string, events []string) Request {
	tail := "\r\nHost: " + a.addr + "\r\nAuthorization: Bearer " + a.token +
		"\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"seats\":1}"
	return func(client, n int, into []byte) []byte {
		into = append(into, "POST /api/v1/events/"...)
		into = append(into, events[(client*7919+n)%len(events)]...)
		into = append(into, "/bookings HTTP/1.1\r\nIdempotency-Key: "...)
		into = append(into, run...)
		into = strconv.AppendInt(append(into, '-'), int64(client), 10)
		into = strconv.AppendInt(append(into, '-'), int64(n), 10)
		return append(into, tail...)
	}
}
