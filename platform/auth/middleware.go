package auth

import (
	"net/http"
	"strings"

	"github.com/myevents/myevents/platform/fault"
)

// Middleware puts the user that a request's bearer token stands for into its context. A request without a token goes on
// as nobody's; one whose token is not accepted is refused, on public routes too, so that clients notice.
func (v *Verifier) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Get("Authorization")
		if header == "" {
			next.ServeHTTP(w, r)
			return
		}
		principal, err := v.authenticate(r, header)
		if err != nil {
			v.options.Refuse(w, r, err)
			return
		}
		signedIn := r.WithContext(WithPrincipal(r.Context(), principal))
		// The mux writes the route into the copy; telemetry and recovery in front read it from r, after a panic too.
		defer func() { r.Pattern = signedIn.Pattern }()
		next.ServeHTTP(w, signedIn)
	})
}

func (v *Verifier) authenticate(r *http.Request, header string) (Principal, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return Principal{}, errInvalid()
	}
	return v.Verify(r.Context(), token)
}

func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	if fault.KindOf(err) == fault.Unavailable {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	w.WriteHeader(http.StatusUnauthorized)
}
