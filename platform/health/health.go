// Package health tells whether a process lives, wants traffic, and can reach what it depends on.
package health

import (
	"cmp"
	"context"
	"errors"
	"slices"
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
	r.add(&dependency{name: name, check: c, required: true})
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

// waited runs the checks that the process still waits for.
func (r *Registry) waited(ctx context.Context) report {
	return examine(ctx, r.list(func(d *dependency) bool { return d.required && !d.passed.Load() }))
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

type dependency struct {
	name     string
	check    Check
	required bool
	passed   atomic.Bool // at least once
	busy     atomic.Bool
}

type finding struct {
	detail map[string]any
	err    error
}

var errStuck = errors.New("an earlier check has not come back yet")

// examine runs the check, but does not wait longer than ctx for one that does not heed it. Its goroutine ends when the
// check does, and busy keeps a second from piling up behind one that never does.
func (d *dependency) examine(ctx context.Context) result {
	if !d.busy.CompareAndSwap(false, true) {
		return d.result(0, finding{err: errStuck})
	}
	start := time.Now()
	found := make(chan finding, 1)
	go func() {
		defer d.busy.Store(false)
		detail, err := d.check(ctx)
		found <- finding{detail, err}
	}()
	select {
	case f := <-found:
		return d.result(time.Since(start), f)
	case <-ctx.Done():
		return d.result(time.Since(start), finding{err: ctx.Err()})
	}
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
