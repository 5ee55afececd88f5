package faults_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/doors"
)

const lookEvery = 200 * time.Millisecond

// watch keeps looking at what every service says of itself, and at the gateway's circuits.
type watch struct {
	cancel context.CancelFunc
	eyes   sync.WaitGroup

	mu     sync.Mutex
	looks  map[string][]look // by service, oldest first
	open   map[string]bool   // by service: the circuit is not closed
	opened map[string]bool   // it was open at least once
}

// look is how a service was in a moment, which is as long as its answers took.
type look struct {
	began, ended time.Time
	alive, ready bool
}

// watch watches until it is closed, or the test ends.
func (p *platform) watch(t *testing.T) *watch {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	w := &watch{cancel: cancel, looks: map[string][]look{}, open: map[string]bool{}, opened: map[string]bool{}}
	for _, service := range services() {
		w.eyes.Go(func() { w.look(ctx, service, p.admin(service)) })
	}
	circuits := doors.Scrape(p.admin("gateway"))
	w.eyes.Go(func() { w.lookAtCircuits(ctx, circuits) })
	t.Cleanup(func() {
		w.close()
		require.NoError(t, circuits.Close())
	})
	return w
}

func (w *watch) close() {
	w.cancel()
	w.eyes.Wait()
}

func (w *watch) look(ctx context.Context, service, admin string) {
	c := newClient(admin)
	for wait(ctx, lookEvery) {
		healthy := func(path string) bool {
			return c.ask(context.WithoutCancel(ctx), request{method: http.MethodGet, path: path}).status == http.StatusOK
		}
		l := look{began: time.Now(), alive: healthy("/livez"), ready: healthy("/readyz")}
		l.ended = time.Now()
		w.mu.Lock()
		w.looks[service] = append(w.looks[service], l)
		w.mu.Unlock()
	}
}

func (w *watch) lookAtCircuits(ctx context.Context, circuits *doors.Scraped) {
	for wait(ctx, lookEvery) {
		now, err := circuits.Now(context.WithoutCancel(ctx))
		if err != nil {
			continue // the next look
		}
		samples, err := circuits.Query(context.WithoutCancel(ctx), `gateway_circuit_state == 1`, now)
		if err != nil {
			continue
		}
		w.mu.Lock()
		for _, s := range samples {
			peer, state := s.Labels["peer"], s.Labels["state"]
			w.open[peer] = state != "closed"
			w.opened[peer] = w.opened[peer] || state == "open"
		}
		w.mu.Unlock()
	}
}

// last returns how a service was last seen.
func (w *watch) last(service string) look {
	if n := len(w.looks[service]); n > 0 {
		return w.looks[service][n-1]
	}
	return look{}
}

// unharmed says which of these services still are ready, or have a circuit that did not open yet.
func (w *watch) unharmed(unready, opens []string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, service := range unready {
		if w.last(service).ready {
			return service + " is ready"
		}
	}
	for _, service := range opens {
		if !w.opened[service] {
			return "the circuit of " + service + " did not open"
		}
	}
	return ""
}

// unwell says which service is not ready, or has a circuit that is not closed.
func (w *watch) unwell() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, service := range services() {
		if !w.last(service).ready {
			return service + " is not ready"
		}
		if w.open[service] {
			return "the circuit of " + service + " is not closed"
		}
	}
	return ""
}

// share returns in which part of the looks of a period something was true of a service; without a look, in none.
func (w *watch) share(service string, from, to time.Time, is func(look) bool) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	all, those := 0, 0
	for _, l := range w.looks[service] {
		if l.began.Before(from) || l.ended.After(to) {
			continue
		}
		all++
		if is(l) {
			those++
		}
	}
	return float64(those) / float64(max(all, 1))
}

// circuits returns those that were ever open.
func (w *watch) circuits() (opened []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, service := range services() {
		if w.opened[service] {
			opened = append(opened, service)
		}
	}
	return opened
}
