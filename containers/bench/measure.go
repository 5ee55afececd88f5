package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/myevents/myevents/bench/load"
	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/containers/stack"
	"github.com/myevents/myevents/features/worlds"
)

const (
	clients = 32
	events  = 100
	hall    = 1_000_000 // the largest capacity there is, so that nothing sells out

	startTimeout = 3 * time.Minute
	stopTimeout  = 2 * time.Minute
	callTimeout  = time.Minute // of a call that is not part of the load
)

// figures are what a stack sold.
type figures struct {
	PerSecond float64 `json:"bookings_per_second"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	// Microseconds of processor time a booking: of the five services together, and of each part they stand on. It is all
	// that they used while seats were sold, so what they do at rest is in it too, and most of what follows from a booking.
	Processor map[string]float64 `json:"processor_us_per_booking"`
}

// measure sells on a stack of its own each time, so that both begin with empty stores.
func (p pair) measure(ctx context.Context, duration time.Duration) (r row, err error) {
	r.pair = p
	if r.Traced, err = p.sell(ctx, duration, "zipkin"); err != nil {
		return r, err
	}
	r.Untraced, err = p.sell(ctx, duration, "none")
	return r, err
}

func (p pair) sell(ctx context.Context, duration time.Duration, exporter string) (figures, error) {
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s, err := stack.Start(starting, stack.Choice{Broker: p.Broker, Store: p.Store, Search: "bleve"}, exportTo(exporter))
	if err != nil {
		return figures{}, err
	}
	f, err := sellOn(ctx, s, duration)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return f, errors.Join(err, s.Stop(stopping))
}

// exportTo says where the services' spans go. They are sent as often as by default, not as often as scenarios want them.
func exportTo(exporter string) func(*containers.Part) error {
	return func(p *containers.Part) error {
		if strings.HasPrefix(p.Image, "myevents/") {
			p.Env["OTEL_TRACES_EXPORTER"] = exporter
			delete(p.Env, "OTEL_BSP_SCHEDULE_DELAY")
		}
		return nil
	}
}

// sellOn opens a sale, warms up and measures at once, so that what still follows from the bookings before makes up for what
// follows from the last ones.
func sellOn(ctx context.Context, s *stack.Stack, duration time.Duration) (figures, error) {
	addr := strings.TrimPrefix(s.Gateway(), "http://")
	api, ids, err := openSale(ctx, addr)
	if err != nil {
		return figures{}, err
	}
	sale := load.Load{
		Addr: addr, Clients: clients, Request: api.Bookings("warm", ids), Expect: http.StatusCreated, Duration: duration / 2,
	}
	if _, err := sale.Run(ctx); err != nil {
		return figures{}, fmt.Errorf("warm up: %w", err)
	}
	before, err := used(ctx, s)
	if err != nil {
		return figures{}, err
	}
	sale.Request, sale.Duration = api.Bookings("sale", ids), duration
	sold, err := sale.Run(ctx)
	if err != nil {
		return figures{}, err
	}
	after, err := used(ctx, s)
	return figures{
		PerSecond: sold.PerSecond(), P50: milliseconds(sold.Quantile(.5)), P99: milliseconds(sold.Quantile(.99)),
		Processor: perBooking(before, after, sold.Answered),
	}, err
}

func openSale(ctx context.Context, addr string) (load.API, []string, error) {
	operator := load.Operator(worlds.FirstOperator())
	api, err := load.Organizer(ctx, &http.Client{Timeout: callTimeout}, addr, operator)
	if err != nil {
		return api, nil, err
	}
	ids, err := api.CreateEvents(ctx, events, hall)
	for _, id := range ids {
		err = errors.Join(err, api.AwaitSelling(ctx, id))
	}
	return api, ids, err
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
