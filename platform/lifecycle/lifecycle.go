// Package lifecycle starts the parts of a process in order and stops them in reverse.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Part is something that runs. Start returns when the part is ready (its listeners are bound, its subscriptions are
// there), and its context bounds the starting only. Stop drains what is in flight until its context ends; it may be
// called more than once and also when Start failed or was never called.
type Part interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// Group is a Part made of parts. The zero value is an empty group. Add all parts before Start.
type Group struct {
	mu      sync.Mutex // held through Start and Stop: a Stop that comes during Start waits for it
	parts   []namedPart
	started int // the first so many parts run
}

type namedPart struct {
	name string
	part Part
}

// Add appends a part. The name appears in errors.
func (g *Group) Add(name string, p Part) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.parts = append(g.parts, namedPart{name, p})
}

// Start starts the parts in the order of Add. When one fails it stops those before it, in reverse and with ctx's
// values but not its end (a cancelled start must still clean up), and returns the error naming the part.
func (g *Group) Start(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.started < len(g.parts) {
		p := g.parts[g.started]
		if err := p.part.Start(ctx); err != nil {
			return errors.Join(fmt.Errorf("start %s: %w", p.name, err), g.rollback(ctx))
		}
		g.started++
	}
	return nil
}

// rollbackTime bounds the stopping of what had started before a part failed to start.
const rollbackTime = 10 * time.Second

func (g *Group) rollback(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	return g.stop(ctx)
}

// Stop stops the running parts in reverse order. Every one is stopped, whatever the others return; the errors are
// joined. A part counts as stopped after its Stop, so that a second call does nothing.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stop(ctx)
}

func (g *Group) stop(ctx context.Context) error {
	var errs []error
	for g.started > 0 {
		g.started--
		p := g.parts[g.started]
		if err := p.part.Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", p.name, err))
		}
	}
	return errors.Join(errs...)
}

// Funcs makes a Part of two functions; either may be nil. stop must be idempotent, as Part asks.
func Funcs(start, stop func(context.Context) error) Part {
	return funcs{start, stop}
}

type funcs struct{ start, stop func(context.Context) error }

func (f funcs) Start(ctx context.Context) error { return call(ctx, f.start) }
func (f funcs) Stop(ctx context.Context) error  { return call(ctx, f.stop) }

func call(ctx context.Context, f func(context.Context) error) error {
	if f == nil {
		return nil
	}
	return f(ctx)
}

// Run starts part, waits until ctx ends (see signal.NotifyContext), and stops part within grace. It returns what
// failed; that ctx ended is no failure.
func Run(ctx context.Context, part Part, grace time.Duration) error {
	if err := part.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	// ctx has ended, and stopping needs one that has not.
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return part.Stop(stopping)
}
