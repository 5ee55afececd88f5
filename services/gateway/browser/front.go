package browser

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/gateway/door"
)

// How many reports of spans a client may send. A page sends one every two seconds while it is used.
const (
	reportsPerSecond = 2
	reportsAtOnce    = 30
)

// FrontOptions are what a Front asks. All are required.
type FrontOptions struct {
	Verify  func(ctx context.Context, token string) (auth.Principal, error)
	Client  func(*http.Request) netip.Addr
	Clock   func() time.Time
	Limited func() // hears of each report that the limit refuses
}

// Front is an http.Handler in front of the API. A request with a session's cookie goes on as one with a bearer token, and without
// the cookie: the services know of no cookies.
//
// A browser adds the cookie whoever made it send the request, so what changes something must come from our own page: the browser
// says where from, in Sec-Fetch-Site or Origin. Who sends a token in a header knows the token, and needs no such proof.
type Front struct {
	options FrontOptions
	origin  *http.CrossOriginProtection
	reports *door.Limiter
	next    http.Handler
}

// NewFront returns a Front before next.
func NewFront(o FrontOptions, next http.Handler) *Front {
	return &Front{
		options: o, origin: http.NewCrossOriginProtection(), reports: door.NewLimiter(reportsPerSecond, reportsAtOnce), next: next,
	}
}

// ServeHTTP implements http.Handler.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	own := strings.HasPrefix(r.URL.Path, prefix)
	if r.Header["Cookie"] == nil && !own || !strings.HasPrefix(r.URL.Path, apiPrefix) {
		f.next.ServeHTTP(w, r)
		return
	}
	token := tokenOf(r)
	delete(r.Header, "Cookie")
	if own || token != "" {
		if err := f.origin.Check(r); err != nil {
			httpserver.WriteProblem(w, r, errCrossOrigin().WithCause(err))
			return
		}
	}
	if r.URL.Path == spansPath {
		if wait := f.reports.Take(f.options.Client(r), f.options.Clock()); wait > 0 {
			f.options.Limited()
			door.Refuse(w, r, wait)
			return
		}
	}
	if token == "" || f.signIn(w, r, token) {
		f.next.ServeHTTP(w, r)
	}
}

// tokenOf returns the token of the request's cookie; empty where it has none, or says itself who sends it.
func tokenOf(r *http.Request) string {
	if r.Header.Get("Authorization") != "" {
		return ""
	}
	c, err := r.Cookie(CookieName)
	if err != nil {
		return ""
	}
	return c.Value
}

// signIn makes the request one of the session's user and returns true, or refuses it. A cookie that is of no more use goes with
// the refusal: otherwise it would keep its user from what everybody may see.
func (f *Front) signIn(w http.ResponseWriter, r *http.Request, token string) bool {
	r.Header["Authorization"] = []string{bearer + token}
	if r.URL.Path == sessionPath && r.Method != http.MethodPut {
		return true // to sign in anew or to leave, no session needs to be a good one
	}
	user, err := f.options.Verify(r.Context(), token)
	if err != nil {
		if fault.KindOf(err) == fault.Unauthenticated {
			w.Header().Add("Set-Cookie", cookie("", -1, r.Header.Get("X-Forwarded-Proto")))
		}
		httpserver.WriteProblem(w, r, err)
		return false
	}
	*r = *r.WithContext(auth.WithPrincipal(r.Context(), user)) // the same request for telemetry in front, as in auth.Middleware
	return true
}

func errCrossOrigin() *fault.Error {
	return fault.New(fault.Forbidden, "cross-origin", "This may only be sent by the page itself, not by one of another origin.")
}
