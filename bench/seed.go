package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// api is the platform's public API as a signed-in user sees it.
type api struct {
	client *http.Client
	addr   string
	token  string
}

// call sends a JSON request and decodes the answer into `into` unless that is nil.
func (a api) call(ctx context.Context, method, path string, body, into any) error {
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
func (b *bench) signUp(ctx context.Context, addr, email string) (api, string, error) {
	a := api{client: b.client, addr: addr}
	var user struct {
		ID string `json:"id"`
	}
	err := a.call(ctx, http.MethodPost, "/users", map[string]string{
		"email": email, "password": "correct horse battery", "first_name": "Bench", "last_name": "Mark",
	}, &user)
	if err != nil {
		return a, "", err
	}
	var session struct {
		Token string `json:"token"`
	}
	err = a.call(ctx, http.MethodPost, "/sessions", map[string]string{"email": email, "password": "correct horse battery"}, &session)
	a.token = session.Token
	return a, user.ID, err
}

// organizer returns the first operator's session with the organizer's role as well.
func (b *bench) organizer(ctx context.Context, addr string) (api, error) {
	a, id, err := b.signUp(ctx, addr, operatorEmail)
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

// createEvents lists n events with so many seats and returns their ids, once the booking service sells them.
func (a api) createEvents(ctx context.Context, n, seats int) ([]string, error) {
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
	return ids, a.awaitSelling(ctx, ids[n-1])
}

// awaitSelling books one seat as soon as the booking service has heard of the event.
func (a api) awaitSelling(ctx context.Context, event string) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for {
		err := a.call(ctx, http.MethodPost, "/events/"+event+"/bookings", map[string]int{"seats": 1}, nil)
		if err == nil || ctx.Err() != nil {
			return err
		}
		pause(ctx, 2*time.Millisecond)
	}
}

func readJSON(path string, into any) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
