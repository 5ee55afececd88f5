package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/myevents/myevents/bench/load"
)

const clients = 32

// hall is the largest capacity a hall may have, so that no benchmark sells out by accident.
const hall = 1_000_000

// fsync measures (F): how many 4 KiB appends this disk makes durable one by one.
func (b *bench) fsync(ctx context.Context) error {
	f, err := os.Create(filepath.Join(b.dir, "fsync"))
	if err != nil {
		return err
	}
	block, n, start := make([]byte, 4096), 0, time.Now()
	for ; time.Since(start) < b.duration && ctx.Err() == nil; n++ {
		if _, err := f.Write(block); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	b.report.add("F: 4 KiB append+fsync", float64(n)/time.Since(start).Seconds(), "/s")
	return f.Close()
}

// start measures the time from the start of the process on an empty directory to the first booking, with the
// production's password hashes and everything a person has to do before: sign up, sign in, list an event.
func (b *bench) start(ctx context.Context) error {
	begin := time.Now()
	p, err := b.startBinary(ctx, "fresh", "--bootstrap-operator", operatorEmail)
	if err != nil {
		return err
	}
	a, err := b.organizer(ctx, p.addr)
	if err == nil {
		_, err = a.CreateEvents(ctx, 1, 100)
	}
	took := time.Since(begin).Seconds()
	b.report.check("first booking after process start", took, "s", "<= 2", took <= 2)
	return errors.Join(err, p.stop())
}

// idle measures the resident memory with the demo data, at rest.
func (b *bench) idle(ctx context.Context) error {
	p, err := b.startBinary(ctx, "demo", "--demo")
	if err != nil {
		return err
	}
	select {
	case <-time.After(5 * time.Second): // at rest, not at start
	case <-ctx.Done():
	}
	now, _, err := p.resident()
	b.report.check("resident memory, idle, demo data", now, "MiB", "< 150", now < 150)
	return errors.Join(err, p.stop())
}

// openSale makes what is sold, and measures U beside it.
func (b *bench) openSale(ctx context.Context, a load.API) (events []string, hello float64, err error) {
	if events, err = a.CreateEvents(ctx, 100, hall); err != nil {
		return nil, 0, err
	}
	hello, err = b.hello(ctx)
	return events, hello, err
}

// selling measures durable confirmed bookings with the trace exporter off.
func (b *bench) selling(ctx context.Context) error {
	return b.withPlatform(ctx, "selling", nil, func(p *child, a load.API) error {
		events, usual, err := b.openSale(ctx, a)
		if err != nil {
			return err
		}
		b.report.add("U: hello under the usual stack", usual, "/s")
		spread, err := b.book(ctx, p, a, sale{run: "spread", events: events, clients: clients})
		if err != nil {
			return err
		}
		rate := spread.PerSecond()
		b.report.check("bookings, 100 events, traces off", rate, "/s", ">= 0.5 U", rate >= 0.5*usual)
		b.report.add("bookings / U, traces off", rate/usual, "ratio")
		b.report.add("processor time a booking, traces off", spread.micros, "us")
		hot, err := b.book(ctx, p, a, sale{run: "hot", events: events[:1], clients: clients})
		if err != nil {
			return err
		}
		b.report.check("hot event / spread", hot.PerSecond()/rate, "ratio", ">= 0.95", hot.PerSecond() >= 0.95*rate)
		paced, err := b.book(ctx, p, a, sale{run: "paced", events: events, clients: clients, rate: rate / 2})
		if err != nil {
			return err
		}
		p99 := float64(paced.Quantile(.99).Microseconds()) / 1000
		b.report.add("p50 at half rate", float64(paced.Quantile(.5).Microseconds())/1000, "ms")
		b.report.check("p99 at half rate", p99, "ms", "<= 10", p99 <= 10)
		_, peak, err := p.resident()
		if err != nil {
			return err
		}
		b.report.check("resident memory, most under load", peak, "MiB", "< 300", peak < 300)
		return b.rush(ctx, p, a)
	})
}

// rush lets 1,000 buyers compete for 500 seats.
func (b *bench) rush(ctx context.Context, p *child, a load.API) error {
	events, err := a.CreateEvents(ctx, 1, 501) // one seat goes to the probe that waits for the event
	if err != nil {
		return err
	}
	r, err := load.Load{
		Addr: p.addr, Clients: 1000, Request: a.Bookings("rush", events), Count: 1000,
		Expect: http.StatusCreated, Accept: []int{http.StatusConflict},
	}.Run(ctx)
	if err != nil {
		return err
	}
	confirmed := r.Statuses[http.StatusCreated]
	b.report.check("confirmed of 1,000 buyers for 500 seats", float64(confirmed), "", "= 500", confirmed == 500)
	return nil
}

// browsing measures the page of 100 events, whole and conditional.
func (b *bench) browsing(ctx context.Context) error {
	return b.withPlatform(ctx, "browsing", nil, func(p *child, a load.API) error {
		if _, err := a.CreateEvents(ctx, 100, hall); err != nil {
			return err
		}
		etag, err := b.savePage(ctx, p)
		if err != nil {
			return err
		}
		usual, err := b.hello(ctx)
		if err != nil {
			return err
		}
		list, err := b.behind(ctx, usualStack, "/events")
		if err != nil {
			return err
		}
		b.report.add("L: encode 100 events under the usual stack", list, "/s")
		whole, err := b.get(ctx, p, "", http.StatusOK)
		if err != nil {
			return err
		}
		b.report.check("GET /events / U", whole/usual, "ratio", ">= 1.0", whole >= usual)
		b.report.check("GET /events / L", whole/list, "ratio", ">= 2", whole >= 2*list)
		conditional, err := b.get(ctx, p, "If-None-Match: "+etag+"\r\n", http.StatusNotModified)
		if err != nil {
			return err
		}
		b.report.check("GET /events, not modified / U", conditional/usual, "ratio", ">= 1.5", conditional >= 1.5*usual)
		return nil
	})
}

// scale measures whether a booking's cost stays flat as events and bookings grow.
func (b *bench) scale(ctx context.Context) error {
	return b.withPlatform(ctx, "scale", nil, func(p *child, a load.API) error {
		few, err := a.CreateEvents(ctx, 10, hall)
		if err != nil {
			return err
		}
		if _, err := b.bookCount(ctx, p, a, "warm", few, 20_000); err != nil {
			return err
		}
		base, err := b.book(ctx, p, a, sale{run: "few", events: few, clients: clients})
		if err != nil {
			return err
		}
		many, err := a.CreateEvents(ctx, 10_000, hall)
		if err != nil {
			return err
		}
		wide, err := b.book(ctx, p, a, sale{run: "many", events: many, clients: clients})
		if err != nil {
			return err
		}
		ratio := wide.PerSecond() / base.PerSecond()
		b.report.check("rate with 10,000 events / with 10", ratio, "ratio", ">= 0.8", ratio >= 0.8)
		if _, err := b.bookCount(ctx, p, a, "fill", many, b.stored); err != nil {
			return err
		}
		deep, err := b.book(ctx, p, a, sale{run: "deep", events: many, clients: clients})
		if err != nil {
			return err
		}
		ratio = deep.PerSecond() / wide.PerSecond()
		b.report.check(fmt.Sprintf("rate with %d stored bookings / with few", b.stored), ratio, "ratio", ">= 0.8", ratio >= 0.8)
		return nil
	})
}

// withPlatform runs measure against a fresh platform whose organizer is signed in.
func (b *bench) withPlatform(ctx context.Context, name string, extra []string, measure func(*child, load.API) error) error {
	p, err := startChild(ctx, b.self, func(addr, admin string) []string {
		return append([]string{"platform", "-listen", addr, "-admin", admin, "-data", filepath.Join(b.dir, name)}, extra...)
	})
	if err != nil {
		return err
	}
	a, err := b.organizer(ctx, p.addr)
	if err == nil {
		err = measure(p, a)
	}
	return errors.Join(err, p.stop())
}

func (b *bench) startBinary(ctx context.Context, name string, extra ...string) (*child, error) {
	return startChild(ctx, b.binary, func(addr, admin string) []string {
		return append([]string{"--listen", addr, "--admin-listen", admin, "--data", filepath.Join(b.dir, name)}, extra...)
	})
}

// sale says how seats are sold. The run's name keeps idempotency keys apart.
type sale struct {
	run     string
	events  []string
	clients int
	rate    float64 // bookings per second; 0: as fast as it goes
}

// sold is what a sale found.
type sold struct {
	load.Result
	micros float64 // of the server's processor time a booking, everything that follows from it included
}

// book sells seats.
func (b *bench) book(ctx context.Context, p *child, a load.API, s sale) (sold, error) {
	profiled := b.profile(ctx, p, s.run)
	before, err := p.processorTime()
	if err != nil {
		return sold{}, err
	}
	r, err := load.Load{
		Addr: p.addr, Clients: s.clients, Request: a.Bookings(s.run, s.events), Expect: http.StatusCreated, Duration: b.duration, Rate: s.rate,
	}.Run(ctx)
	if err != nil {
		return sold{}, errors.Join(err, profiled())
	}
	after, err := p.rest(ctx)
	return sold{r, float64((after - before).Microseconds()) / float64(r.Answered)}, errors.Join(err, profiled())
}

func (b *bench) bookCount(ctx context.Context, p *child, a load.API, run string, events []string, n int64) (load.Result, error) {
	return load.Load{Addr: p.addr, Clients: clients, Request: a.Bookings(run, events), Expect: http.StatusCreated, Count: n}.Run(ctx)
}

// get measures GET /events with a further header.
func (b *bench) get(ctx context.Context, p *child, header string, expect int) (float64, error) {
	profiled := b.profile(ctx, p, "get-"+strconv.Itoa(expect))
	r, err := load.Load{
		Addr: p.addr, Clients: clients, Request: get("/api/v1/events?limit=100", p.addr, header), Expect: expect, Duration: b.duration,
	}.Run(ctx)
	return r.PerSecond(), errors.Join(err, profiled())
}

func get(path, host, header string) load.Request {
	whole := []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + header + "\r\n")
	return func(_, _ int, into []byte) []byte { return append(into, whole...) }
}

// hello measures (U).
func (b *bench) hello(ctx context.Context) (float64, error) {
	return b.behind(ctx, usualStack, "/hello")
}

// behind measures a path of a server with nothing but a stack in front of it.
func (b *bench) behind(ctx context.Context, stack, path string) (float64, error) {
	c, err := startChild(ctx, b.self, func(addr, _ string) []string { return []string{"serve", stack, addr, b.page()} })
	if err != nil {
		return 0, err
	}
	r, err := load.Load{
		Addr: c.addr, Clients: clients, Request: get(path, c.addr, ""), Expect: http.StatusOK, Duration: b.duration,
	}.Run(ctx)
	return r.PerSecond(), errors.Join(err, c.stop())
}

func (b *bench) page() string { return filepath.Join(b.dir, "page.json") }
