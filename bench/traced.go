package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/myevents/myevents/bench/load"
)

const manyClients = 128

// tracing measures the platform with every request traced and every span sent to Zipkin.
func (b *bench) tracing(ctx context.Context) error {
	zipkin, err := startSink(ctx)
	if err != nil {
		return err
	}
	err = b.withPlatform(ctx, "tracing", []string{"-zipkin", zipkin.url()}, func(p *child, a load.API) error {
		events, hello, err := b.openSale(ctx, a)
		if err != nil {
			return err
		}
		if err := b.tracedSelling(ctx, p, a, events, hello); err != nil {
			return err
		}
		if err := b.tracedBrowsing(ctx, p, hello); err != nil {
			return err
		}
		return b.outage(ctx, p, a, events, zipkin)
	})
	return errors.Join(err, zipkin.stop())
}

func (b *bench) tracedSelling(ctx context.Context, p *child, a load.API, events []string, hello float64) error {
	few, err := b.book(ctx, p, a, sale{run: "traced", events: events, clients: clients})
	if err != nil {
		return err
	}
	many, err := b.book(ctx, p, a, sale{run: "traced-128", events: events, clients: manyClients})
	if err != nil {
		return err
	}
	b.report.check("bookings / U, all traced", few.PerSecond()/hello, "ratio", ">= 0.45", few.PerSecond() >= 0.45*hello)
	b.report.check("bookings / U, all traced, 128 clients", many.PerSecond()/hello, "ratio", ">= 0.60", many.PerSecond() >= 0.6*hello)
	b.report.add("processor time a booking, all traced", few.micros, "us")
	before, err := b.droppedSpans(ctx, p)
	if err != nil {
		return err
	}
	half := max(few.PerSecond(), many.PerSecond()) / 2
	if _, err := b.book(ctx, p, a, sale{run: "traced-paced", events: events, clients: clients, rate: half}); err != nil {
		return err
	}
	after, err := b.droppedSpans(ctx, p)
	b.report.check("spans dropped at half of the highest rate", after-before, "", "= 0", after == before)
	return err
}

// outage compares how long buyers wait while Zipkin is there and after it went away, at the same modest rate.
func (b *bench) outage(ctx context.Context, p *child, a load.API, events []string, zipkin *sink) error {
	const rate = 1000
	there, err := b.book(ctx, p, a, sale{run: "zipkin-there", events: events, clients: clients, rate: rate})
	if err != nil {
		return err
	}
	before, err := b.droppedSpans(ctx, p)
	if err != nil {
		return err
	}
	if err := zipkin.stop(); err != nil {
		return err
	}
	away, err := b.book(ctx, p, a, sale{run: "zipkin-away", events: events, clients: clients, rate: rate})
	if err != nil {
		return err
	}
	after, err := b.droppedSpans(ctx, p)
	if err != nil {
		return err
	}
	ratio := float64(away.Quantile(.99)) / float64(there.Quantile(.99))
	b.report.add("p99 at 1,000/s, all traced", float64(there.Quantile(.99).Microseconds())/1000, "ms")
	b.report.check("p99 without Zipkin / with it", ratio, "ratio", "<= 1.1", ratio <= 1.1)
	b.report.check("spans dropped and counted without Zipkin", after-before, "", "> 0", after > before)
	_, peak, err := p.resident()
	b.report.check("resident memory, most, without Zipkin too", peak, "MiB", "< 300", peak < 300)
	return err
}

func (b *bench) tracedBrowsing(ctx context.Context, p *child, hello float64) error {
	etag, err := b.savePage(ctx, p)
	if err != nil {
		return err
	}
	whole, err := b.get(ctx, p, "", http.StatusOK)
	if err != nil {
		return err
	}
	b.report.check("GET /events / U, all traced", whole/hello, "ratio", ">= 1.2", whole >= 1.2*hello)
	conditional, err := b.get(ctx, p, "If-None-Match: "+etag+"\r\n", http.StatusNotModified)
	if err != nil {
		return err
	}
	b.report.check("GET /events, not modified / U, all traced", conditional/hello, "ratio", ">= 2", conditional >= 2*hello)
	return nil
}

// droppedSpans returns how many spans the platform says it has lost.
func (b *bench) droppedSpans(ctx context.Context, p *child) (dropped float64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := b.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	found := false
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if !strings.HasPrefix(name, "myevents_spans_dropped_total") {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, err
		}
		dropped, found = dropped+n, true
	}
	if !found {
		return 0, fmt.Errorf("the metrics of %s do not say how many spans were dropped", p.admin)
	}
	return dropped, lines.Err()
}
