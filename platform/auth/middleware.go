package auth

import (
	"context"
	"net/http"
	"strings"

	"github.com/myevents/myevents/platform/fault"
)

// Middleware puts the user that a request's bearer token stands for into its context. A request without a token goes on
// as nobody's; one whose token is not accepted is refused, on public routes too, so that clients notice.
//
// The request goes on as the same one with another context: what the mux behind writes into it, such as the route, is seen
// by telemetry and recovery in front, which own it.
func (v *Verifier) Middleware(next http.Handler) http.Handler { return &authentication{v, next} }

type authentication struct {
	verifier *Verifier
	next     http.Handler
}

// ServeHTTP implements http.Handler.
func (a *authentication) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if header := r.Header["Authorization"]; len(header) > 0 && header[0] != "" {
		principal, err := a.verifier.authenticate(r, header[0])
		if err != nil {
			a.verifier.options.Refuse(w, r, err)
			return
		}
		*r = *r.WithContext(context.WithValue(r.Context(), principalKey{}, principal))
	}
	a.next.ServeHTTP(w, r)
}

func (v *Verifier) authenticate(r *http.Request, header string) (*Principal, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, errInvalid()
	}
	return v.verify(r.Context(), token)
}

func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	if fault.KindOf(err) == fault.Unavailable {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	w.WriteHeader(http.StatusUnauthorized)
}
