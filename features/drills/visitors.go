package drills

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/myevents/myevents/features/worlds"
)

const (
	visitorsPace   = 50 * time.Millisecond // between two requests of a quiet day
	visitorsEvents = 3
	visitorsSeats  = 50_000 // of an event: more than a drill sells
)

// visitors browse, search and book, and an organizer changes an event now and then: a small, steady stream of requests, each
// sent when it is due, however slow the platform is. What the platform answers is for its telemetry to tell.
type visitors struct {
	client *http.Client
	token  string // of the organizer, who also books
	events []string

	mu      sync.Mutex
	base    string // of the gateway's API
	pace    time.Duration
	leave   context.CancelFunc
	present sync.WaitGroup
}

// welcome makes events to sell and waits until they can be booked.
func welcome(ctx context.Context, gateway string) (*visitors, error) {
	v := &visitors{
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: askTimeout},
		pace:   visitorsPace,
	}
	v.turnTo(gateway)
	if err := v.signIn(ctx, worlds.FirstOperator()); err != nil {
		return nil, err
	}
	return v, v.listEvents(ctx)
}

// signIn makes the first operator an organizer as well.
func (v *visitors) signIn(ctx context.Context, who worlds.Account) error {
	var user struct{ ID string }
	err := v.call(ctx, http.MethodPost, "/users", map[string]string{
		"email": who.Email, "password": who.Password, "first_name": "Olive", "last_name": "Operator",
	}, &user)
	if err != nil {
		return err
	}
	if v.token, err = v.openSession(ctx, who); err != nil {
		return err
	}
	roles := map[string]any{"roles": []string{"operator", "organizer"}}
	if err := v.call(ctx, http.MethodPut, "/users/"+user.ID+"/roles", roles, nil); err != nil {
		return err
	}
	v.token, err = v.openSession(ctx, who) // which knows of them
	return err
}

func (v *visitors) openSession(ctx context.Context, who worlds.Account) (token string, err error) {
	var session struct{ Token string }
	credentials := map[string]string{"email": who.Email, "password": who.Password}
	err = v.call(ctx, http.MethodPost, "/sessions", credentials, &session)
	return session.Token, err
}

func (v *visitors) listEvents(ctx context.Context) error {
	var place struct{ ID string }
	err := v.call(ctx, http.MethodPost, "/locations", map[string]any{
		"name": "Town Hall", "address": "1 Market Square", "country": "DE",
		"halls": []map[string]any{{"name": "Main", "capacity": visitorsSeats}},
	}, &place)
	for i := 0; i < visitorsEvents && err == nil; i++ {
		var made struct{ ID string }
		starts := time.Now().AddDate(0, 1, i).UTC().Truncate(time.Second)
		err = v.call(ctx, http.MethodPost, "/events", map[string]any{
			"name": fmt.Sprintf("Jazz Night %d", i), "starts_at": starts, "ends_at": starts.Add(2 * time.Hour),
			"location_id": place.ID, "hall": "Main", "capacity": visitorsSeats, "price": map[string]any{"amount": 4500, "currency": "EUR"},
		}, &made)
		v.events = append(v.events, made.ID)
	}
	for _, event := range v.events {
		err = errors.Join(err, poll(ctx, readyTimeout, func(ctx context.Context) error { return v.book(ctx, event) }))
	}
	return err
}

func (v *visitors) call(ctx context.Context, method, path string, body, into any) error {
	h := headers{"Idempotency-Key": fmt.Sprint(time.Now().UnixNano())}
	if v.token != "" {
		h["Authorization"] = "Bearer " + v.token
	}
	return askFor(ctx, v.client, method, v.api()+path, h, body, into)
}

// turnTo sends all further requests to another gateway.
func (v *visitors) turnTo(gateway string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.base = gateway + "/api/v1"
}

func (v *visitors) api() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.base
}

func (v *visitors) book(ctx context.Context, event string) error {
	return v.call(ctx, http.MethodPost, "/events/"+event+"/bookings", map[string]int{"seats": 1}, nil)
}

// come begins the stream.
func (v *visitors) come(ctx context.Context) {
	ctx, v.leave = context.WithCancel(ctx)
	v.present.Go(func() { v.stream(ctx) })
}

// go ends it and waits for the last answers.
func (v *visitors) goHome() {
	if v.leave != nil {
		v.leave()
	}
	v.present.Wait()
	v.client.CloseIdleConnections()
}

// crowd makes the stream so many times as dense; 1 is a quiet day and 0 is nobody.
func (v *visitors) crowd(times int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pace = 0
	if times > 0 {
		v.pace = visitorsPace / time.Duration(times)
	}
}

func (v *visitors) pause() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.pace
}

func (v *visitors) stream(ctx context.Context) {
	for n := 0; ; n++ {
		pace := v.pause()
		timer := time.NewTimer(max(pace, time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if pace > 0 {
			v.present.Go(func() { _ = v.visit(context.WithoutCancel(ctx), n) }) // an error is for the platform to tell
		}
	}
}

// unvisited returns an event that can be booked, and is not.
func (v *visitors) unvisited() string { return v.events[len(v.events)-1] }

// visit is the n-th request.
func (v *visitors) visit(ctx context.Context, n int) error {
	event := v.events[n/20%(len(v.events)-1)]
	switch n % 20 {
	case 0:
		return v.call(ctx, http.MethodPatch, "/events/"+event, map[string]any{"name": fmt.Sprintf("Jazz Night %d", n)}, nil)
	case 1, 6, 11, 16:
		return v.call(ctx, http.MethodGet, "/events", nil, nil)
	case 2, 7, 12, 17:
		return v.call(ctx, http.MethodGet, "/events/"+event, nil, nil)
	case 3, 13:
		return v.call(ctx, http.MethodGet, "/search?q=jazz", nil, nil)
	default:
		return v.book(ctx, event)
	}
}
