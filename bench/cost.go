package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"syscall"
	"time"
)

const (
	costRounds   = 5      // of each stack, by turns: the machine's mood changes from second to second
	costRequests = 50_000 // in a round
)

// cost measures what the telemetry of a request costs, in this process and without sockets, and then what remains of the
// rate of a server that does nothing else.
func (b *bench) cost(ctx context.Context) error {
	stacks := []string{bareStack, unsampledStack, sampledStack, usualStack}
	costs := map[string]perRequest{}
	for range costRounds {
		for _, stack := range stacks {
			c, err := costOf(stack, costRequests)
			if err != nil {
				return err
			}
			costs[stack] = costs[stack].least(c)
		}
	}
	for _, stack := range stacks {
		b.report.add("a request, "+stack+": processor time", costs[stack].micros, "us")
		b.report.add("a request, "+stack+": allocations", costs[stack].allocations, "")
	}
	micros, allocations := costs[sampledStack].micros-costs[bareStack].micros, costs[sampledStack].allocations-costs[bareStack].allocations
	b.report.check("processor time that ours, sampled, adds", micros, "us", "<= 10", micros <= 10)
	b.report.check("allocations that ours, sampled, adds", allocations, "", "<= 10", allocations <= 10)
	return b.helloRates(ctx)
}

// helloRates measures a hello handler over sockets.
func (b *bench) helloRates(ctx context.Context) error {
	rates := map[string]float64{}
	for _, stack := range []string{bareStack, sampledStack, usualStack} {
		var err error
		if rates[stack], err = b.behind(ctx, stack, "/hello"); err != nil {
			return err
		}
	}
	b.report.add("hello / U, bare", rates[bareStack]/rates[usualStack], "ratio")
	ratio := rates[sampledStack] / rates[usualStack]
	b.report.check("hello / U, ours, sampled", ratio, "ratio", ">= 1.8", ratio >= 1.8)
	return nil
}

// perRequest is what a request costs; the zero value is nothing measured yet.
type perRequest struct{ micros, allocations float64 }

func (p perRequest) least(q perRequest) perRequest {
	if p == (perRequest{}) {
		return q
	}
	return perRequest{min(p.micros, q.micros), min(p.allocations, q.allocations)}
}

// costOf sends n requests through the stack to the hello handler, garbage collection included.
func costOf(stack string, n int) (perRequest, error) {
	handler, err := inFront(stack, newHello())
	if err != nil {
		return perRequest{}, err
	}
	ask := asking(handler)
	for range n / 10 { // until pools and series are there
		ask()
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processorTime()
	for range n {
		ask()
	}
	used := processorTime() - start
	runtime.ReadMemStats(&after)
	return perRequest{
		micros:      float64(used.Nanoseconds()) / 1e3 / float64(n),
		allocations: float64(after.Mallocs-before.Mallocs) / float64(n),
	}, nil
}

// asking returns a function that sends the same request again, with a header for the answer that is as empty as a new one.
func asking(handler http.Handler) (ask func()) {
	r := &http.Request{
		Method: http.MethodGet, URL: &url.URL{Path: "/hello"}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody,
		Host: "bench", RemoteAddr: "127.0.0.1:1", RequestURI: "/hello", Header: http.Header{"User-Agent": {"bench"}, "Accept": {"*/*"}},
	}
	w := &nowhere{header: http.Header{}}
	return func() {
		clear(w.header)
		handler.ServeHTTP(w, r)
	}
}

// nowhere takes an answer without keeping it.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) WriteHeader(int)             {}
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(fmt.Sprintf("a process may always ask for its own usage: %v", err))
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
