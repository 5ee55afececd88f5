// Package health tells whether a process lives, wants traffic, and can reach what it depends on.
package health

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Check looks at one dependency. The detail is for people, such as the state of a connection pool; it may come with an
// error. A check has one second and should heed its context.
type Check func(ctx context.Context) (detail map[string]any, err error)

// checkTime is how long a check may take before it counts as failed.
const checkTime = time.Second

// The states of a dependency.
const (
	statusOK      = "ok"
	statusFailing = "failing"
)

// Registry holds the checks of a process. Make one with New; it is safe for concurrent use.
type Registry struct {
	ready atomic.Bool

	mu           sync.Mutex
	dependencies []*dependency // by name
}

// New returns a registry without checks that is not ready yet.
func New() *Registry { return &Registry{} }

// SetReady says whether the process wants traffic: true once everything has started, false as soon as it drains.
func (r *Registry) SetReady(ready bool) { r.ready.Store(ready) }

// Register adds a check under a name such as "booking.store", in place of an earlier one with that name.
func (r *Registry) Register(name string, c Check) { r.add(&dependency{name: name, check: c}) }

// Require is Register for something the process cannot serve without at first, such as the keys to verify tokens with: it
// is not ready until the check has passed once. Later failures do not count; see Handler.
func (r *Registry) Require(name string, c Check) {
	r.add(&dependency{name: name, check: c, need: atFirst})
}

// Need is Register for something the process can never serve without, such as its store: it is not ready while the check
// fails.
func (r *Registry) Need(name string, c Check) {
	r.add(&dependency{name: name, check: c, need: always})
}

func (r *Registry) add(d *dependency) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dependencies = slices.DeleteFunc(r.dependencies, func(old *dependency) bool { return old.name == d.name })
	r.dependencies = append(r.dependencies, d)
	slices.SortFunc(r.dependencies, func(a, b *dependency) int { return cmp.Compare(a.name, b.name) })
}

// report is what /healthz?verbose answers.
type report struct {
	Status       string   `json:"status"`
	Version      string   `json:"version,omitempty"` // in the report of a service
	Dependencies []result `json:"dependencies,omitempty"`
}

type result struct {
	Name      string         `json:"name"`
	Status    string         `json:"status"`
	LatencyMS float64        `json:"latency_ms"`
	Error     string         `json:"error,omitempty"`
	Detail    map[string]any `json:"detail,omitempty"`
}

// run makes all checks at the same time and waits for them, for checkTime at most.
func (r *Registry) run(ctx context.Context) report {
	return examine(ctx, r.list(func(*dependency) bool { return true }))
}

// of makes the checks that concern a service: its own, which have its name and a dot in front of theirs, and those that
// are nobody's, such as the broker's.
func (r *Registry) of(ctx context.Context, service string) report {
	return examine(ctx, r.list(func(d *dependency) bool {
		owner, _, owned := strings.Cut(d.name, ".")
		return !owned || owner == service
	}))
}

// needed runs the checks of what the process cannot serve without, or not yet.
func (r *Registry) needed(ctx context.Context) report {
	return examine(ctx, r.list(func(d *dependency) bool { return d.need == always || d.need == atFirst && !d.passed.Load() }))
}

func (r *Registry) list(which func(*dependency) bool) []*dependency {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.dependencies), func(d *dependency) bool { return !which(d) })
}

func examine(ctx context.Context, dependencies []*dependency) report {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	all := report{Status: statusOK, Dependencies: make([]result, len(dependencies))}
	var checks sync.WaitGroup
	for i, d := range dependencies {
		checks.Go(func() { all.Dependencies[i] = d.examine(ctx) })
	}
	checks.Wait()
	if slices.ContainsFunc(all.Dependencies, func(r result) bool { return r.Status != statusOK }) {
		all.Status = statusFailing
	}
	return all
}

// need says when a process cannot serve without a dependency.
type need uint8

const (
	never   need = iota // it works on without
	atFirst             // until the check has passed once
	always
)

type dependency struct {
	name   string
	check  Check
	need   need
	passed atomic.Bool // at least once

	mu      sync.Mutex
	running *run // nil while nobody asks
}

// run is one run of a check. All who ask meanwhile share it, which also keeps a second one from piling up behind one that
// never comes back.
type run struct {
	start time.Time
	done  chan struct{} // closed when it has come back, and the rest is there
	took  time.Duration
	finding
}

type finding struct {
	detail map[string]any
	err    error
}

var errStuck = errors.New("an earlier check has not come back yet")

// examine waits for the check, but no longer than ctx for one that does not heed it.
func (d *dependency) examine(ctx context.Context) result {
	r, own := d.join(ctx)
	select {
	case <-r.done:
		return d.result(r.took, r.finding)
	case <-ctx.Done():
		err := ctx.Err()
		if !own {
			err = errStuck
		}
		return d.result(time.Since(r.start), finding{err: err})
	}
}

// join returns the run that goes on, or a new one, whose goroutine ends when the check does. It outlives the caller, since
// others may have joined.
func (d *dependency) join(ctx context.Context) (r *run, own bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running != nil {
		return d.running, false
	}
	r = &run{start: time.Now(), done: make(chan struct{})}
	d.running = r
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
		defer cancel()
		r.detail, r.err = d.check(ctx)
		r.took = time.Since(r.start)
		d.mu.Lock()
		d.running = nil
		d.mu.Unlock()
		close(r.done)
	}()
	return r, true
}

func (d *dependency) result(took time.Duration, f finding) result {
	r := result{
		Name:      d.name,
		Status:    statusOK,
		LatencyMS: float64(took.Microseconds()) / 1000,
		Detail:    f.detail,
	}
	if f.err != nil {
		r.Status, r.Error = statusFailing, f.err.Error()
		return r
	}
	d.passed.Store(true)
	return r
}
