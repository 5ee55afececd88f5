package crowd

import (
	"context"
	"net/http"
)

// mistake is a request that has to be refused, and how.
type mistake struct {
	request
	status int
	signed bool // somebody who is signed in makes it
}

// blunder makes one of the mistakes that people and programs make.
func (v *visit) blunder(ctx context.Context) {
	e, known := v.shelf.pick(v.rng, 0)
	if !known {
		return
	}
	all := v.mistakes("/events/" + e.ID + "/bookings")
	m := all[v.rng.IntN(len(all))]
	if !m.signed {
		v.anonymously(ctx, m.request, m.status)
		return
	}
	if v.authenticate(ctx) {
		v.send(ctx, m.request, m.status)
	}
}

func (v *visit) mistakes(bookings string) []mistake {
	one := map[string]int{"seats": 1}
	return []mistake{
		{request{method: http.MethodPost, path: bookings, key: v.key(), body: map[string]int{"seats": 0}}, http.StatusBadRequest, true},
		{request{method: http.MethodPost, path: bookings, key: v.key(), body: `{"seats":`}, http.StatusBadRequest, true},
		{request{method: http.MethodPost, path: bookings, body: one}, http.StatusBadRequest, true},
		{request{method: http.MethodPost, path: bookings, key: v.key(), body: one}, http.StatusUnauthorized, false},
		{request{path: "/bookings/00000000-0000-4000-8000-000000000000"}, http.StatusNotFound, true},
		{request{path: "/events/00000000-0000-4000-8000-000000000000"}, http.StatusNotFound, false},
		{request{path: "/evnets"}, http.StatusNotFound, false},
		{request{path: "/events?limit=many"}, http.StatusBadRequest, false},
		{signingIn(Account{Email: v.who.account.Email, Password: "forgotten"}), http.StatusUnauthorized, false},
		{request{method: http.MethodPost, path: "/locations", body: place()}, http.StatusForbidden, true},
	}
}
