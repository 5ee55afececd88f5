// Package door is what every request from outside passes before it is routed: security headers, cross-origin rules,
// the rate limit of its client and the limit on its body.
package door

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
)

// Options set the rules.
type Options struct {
	CORSOrigins    []string // the origins whose pages may call, such as https://shop.example; none: only our own
	RateLimit      float64  // requests per second and client; 0: no limit
	RateBurst      int      // requests a client may send at once after a pause; at least 1
	TrustedProxies []string // networks, such as 10.0.0.0/8, whose X-Forwarded-For is believed
	MaxBody        int64    // largest request body, in bytes
	Clock          func() time.Time
	Limited        func() // hears of each request that the rate limit refuses; nil: nobody does
}

// Door is an http.Handler.
type Door struct {
	next    http.Handler
	cors    *cors
	clients Clients
	limiter *Limiter // nil: no limit
	maxBody int64
	clock   func() time.Time
	limited func()
	headers []header
}

// header is a header of every answer.
type header struct {
	name   string
	values []string
}

// New returns a door in front of next. It fails on an origin or a network that is none.
func New(o Options, next http.Handler) (*Door, error) {
	allowed, err := newCORS(o.CORSOrigins)
	if err != nil {
		return nil, err
	}
	known, err := NewClients(o.TrustedProxies)
	if err != nil {
		return nil, err
	}
	if o.RateLimit < 0 || (o.RateLimit > 0 && o.RateBurst < 1) {
		return nil, fmt.Errorf("rate limit %g with burst %d: the limit must not be negative, the burst at least 1", o.RateLimit, o.RateBurst)
	}
	if o.Limited == nil {
		o.Limited = func() {}
	}
	d := &Door{
		next: next, cors: allowed, clients: known, maxBody: o.MaxBody, clock: o.Clock, limited: o.Limited,
		// The slices are shared by all answers: whoever adds a value gets a new slice, because these have no spare room.
		headers: []header{
			{"X-Content-Type-Options", []string{"nosniff"}},
			{"X-Frame-Options", []string{"DENY"}},
			{"Referrer-Policy", []string{"no-referrer"}},
			{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
		},
	}
	if o.RateLimit > 0 {
		d.limiter = NewLimiter(o.RateLimit, o.RateBurst)
	}
	return d, nil
}

// ServeHTTP checks the request and, where it passes, hands it on.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.secure(w, r)
	// Cross-origin headers come before any refusal: without them a page could not read why it was refused.
	if done := d.cors.handle(w, r); done {
		return
	}
	client := d.clients.identify(r)
	if wait := d.wait(client); wait > 0 {
		d.limited()
		Refuse(w, r, wait)
		return
	}
	if r.ContentLength > d.maxBody {
		w.Header().Set("Connection", "close") // the body is not read, so the connection is of no more use
		httpserver.WriteProblem(w, r, httpserver.BodyTooLarge(d.maxBody))
		return
	}
	if r.ContentLength < 0 {
		r.Body = http.MaxBytesReader(w, r.Body, d.maxBody)
	}
	d.next.ServeHTTP(w, r)
}

// Refuse answers that the client has sent too many requests and has to wait.
func Refuse(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(seconds(wait)))
	httpserver.WriteProblem(w, r, fault.New(fault.Unavailable, "too-many-requests", "You sent too many requests; wait a little."))
}

func (d *Door) secure(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for _, s := range d.headers {
		h[s.name] = s.values
	}
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func (d *Door) wait(client netip.Addr) time.Duration {
	if d.limiter == nil {
		return 0
	}
	return d.limiter.Take(client, d.clock())
}

// seconds rounds up: who comes back a moment too early would be refused again.
func seconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}
