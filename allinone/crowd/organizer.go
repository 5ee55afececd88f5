package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// The halls of the organizer's location. Those who come late to the small one go home without a ticket.
const (
	largeHall, largeSeats = "Great Hall", 4000
	smallHall, smallSeats = "Cellar", 16
)

// open makes somebody an organizer, who puts the first events on sale.
func (c *crowd) open(ctx context.Context) error {
	o := c.newPerson(0, "organizer")
	if err := c.signUp(ctx, o); err != nil {
		return err
	}
	if err := c.grant(ctx, o); err != nil {
		return fmt.Errorf("make somebody an organizer: %w", err)
	}
	if err := c.signIn(ctx, o); err != nil { // the role is in new tokens only
		return err
	}
	c.organizer = o
	var made struct{ ID string }
	r := request{method: http.MethodPost, path: "/locations", token: o.token, body: place()}
	if err := c.client.need(ctx, r, &made); err != nil {
		return err
	}
	c.location = made.ID
	rng := rand.New(rand.NewPCG(c.options.Seed, ^uint64(0))) // no visit has this number
	for n := range 12 {
		var e event
		hall := largeHall
		if n%4 == 0 { // the most popular one sells out in a moment
			hall = smallHall
		}
		if err := c.client.need(ctx, c.listing(rng, o, hall), &e); err != nil {
			return err
		}
		c.listed(e)
	}
	return nil
}

// grant makes a user an organizer in the name of the operator, who signs up first where the account does not exist: the
// platform makes an operator of whoever has its bootstrap address.
func (c *crowd) grant(ctx context.Context, to *person) error {
	var user struct{ ID string }
	if err := c.client.need(ctx, request{path: "/users/me", token: to.token}, &user); err != nil {
		return err
	}
	operator := &person{account: c.options.Operator, first: "Oda", last: "Operator"}
	err := c.signIn(ctx, operator)
	if refused(err, http.StatusUnauthorized) {
		err = c.signUp(ctx, operator)
	}
	if refused(err, http.StatusUnauthorized) {
		return errors.New("the operator exists, with another password")
	}
	if err != nil {
		return err
	}
	roles := map[string][]string{"roles": {"customer", "organizer"}}
	r := request{method: http.MethodPut, path: "/users/" + user.ID + "/roles", token: operator.token, body: roles}
	if err := c.client.need(ctx, r, nil); err != nil {
		return err
	}
	return c.client.need(ctx, request{method: http.MethodDelete, path: "/sessions/current", token: operator.token}, nil)
}

// organize is what an organizer does now and then; without one nobody does.
func (v *visit) organize(ctx context.Context) {
	if v.organizer == nil || !v.authenticate(ctx) {
		return
	}
	const scarce = 10_000 // seats
	switch chance := v.rng.Float64(); {
	case v.shelf.seatsLeft() < scarce:
		v.list(ctx, largeHall)
	case chance < .15:
		v.list(ctx, smallHall)
	case chance < .25:
		hours := map[string]string{"opens": fmt.Sprintf("%02d:00", 8+v.rng.IntN(4)), "closes": "23:30"}
		v.change(ctx, "/locations/"+v.location, map[string]any{"opening_hours": hours})
	case chance < .3:
		v.cancelEvent(ctx)
	default:
		price := map[string]any{"amount": 1500 + 100*v.rng.IntN(60), "currency": "EUR"}
		v.change(ctx, "/events/"+v.books.anyEvent(v.rng), map[string]any{"price": price})
	}
}

func (v *visit) list(ctx context.Context, hall string) {
	var e event
	if v.send(ctx, v.listing(v.rng, v.who, hall), http.StatusCreated).decode(&e) {
		v.listed(e)
	}
}

func (c *crowd) listed(e event) {
	c.books.list(e.ID)
	c.shelf.list(e)
}

// change changes what may have been changed by somebody else meanwhile, or cancelled: that is a conflict.
func (v *visit) change(ctx context.Context, path string, to map[string]any) {
	v.send(ctx, request{method: http.MethodPatch, path: path, body: to}, http.StatusOK, http.StatusConflict)
}

func (v *visit) cancelEvent(ctx context.Context) {
	var e event
	path := "/events/" + v.books.anyEvent(v.rng) + "/cancel"
	if v.send(ctx, request{method: http.MethodPost, path: path}, http.StatusOK, http.StatusConflict).decode(&e) {
		v.shelf.see(e)
	}
}

func (c *crowd) listing(rng *rand.Rand, o *person, hall string) request {
	names := kinds()
	starts := time.Now().UTC().Truncate(time.Hour).Add(time.Duration(24*(7+rng.IntN(50))+rng.IntN(5)) * time.Hour)
	return request{method: http.MethodPost, path: "/events", token: o.token, body: map[string]any{
		"name":      fmt.Sprintf("%s Night %d in the %s", names[rng.IntN(len(names))], 1+rng.IntN(99), hall),
		"starts_at": starts, "ends_at": starts.Add(150 * time.Minute), "location_id": c.location, "hall": hall,
		"price": map[string]any{"amount": 1500 + 500*rng.IntN(10), "currency": "EUR"},
	}}
}

func place() map[string]any {
	return map[string]any{
		"name": "Old Brewery", "address": "Brauhof 3, 10997 Berlin", "country": "DE",
		"halls": []map[string]any{{"name": largeHall, "capacity": largeSeats}, {"name": smallHall, "capacity": smallSeats}},
	}
}
