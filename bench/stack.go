package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/tracing"
)

// The ways to serve a handler whose costs are compared. All telemetry goes nowhere.
const (
	bareStack      = "bare"
	unsampledStack = "ours, unsampled"
	sampledStack   = "ours, sampled"
	usualStack     = "usual stack"
)

// inFront puts a stack in front of a handler.
func inFront(stack string, next http.Handler) (http.Handler, error) {
	switch stack {
	case bareStack:
		return next, nil
	case usualStack:
		return theUsual(next, io.Discard), nil
	case unsampledStack:
		return ours(next, sdktrace.NeverSample())
	case sampledStack:
		return ours(next, sdktrace.AlwaysSample())
	default:
		return nil, fmt.Errorf("there is no stack %q", stack)
	}
}

// ours is what the platform's processes put in front of a service: span, metric and access line in one pass.
func ours(next http.Handler, sampler sdktrace.Sampler) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	queue, err := tracing.NewQueue(tracing.QueueOptions{
		Exporter: discard{}, Size: 8192, Batch: 512, Delay: time.Second, ExportTimeout: time.Second,
		Registerer: registry, Log: zerolog.Nop(),
	})
	if err != nil {
		return nil, err
	}
	t, err := telemetry.New(telemetry.Options{
		Service: "bench", Version: "1", Environment: "bench", Logs: io.Discard, Registry: registry,
		SpanProcessors: []sdktrace.SpanProcessor{queue}, Sampler: sampler, Propagator: tracing.DefaultPropagator(),
	})
	if err != nil {
		return nil, err
	}
	return t.Server(next), queue.Start(context.Background()) // it ends with the process
}

// serveStack serves GET /hello and, encoded anew for every request, the page of events at GET /events behind a stack.
func serveStack(ctx context.Context, stack, listen, pageFile string) error {
	var page struct {
		Items []event `json:"items"`
	}
	// Only /events needs the page; U is measured before there is one.
	if err := readJSON(pageFile, &page); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mux := newHello()
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(page)
	})
	handler, err := inFront(stack, mux)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func newHello() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello\n") })
	return mux
}

// event is an event as GET /events shows it, for the denominator that encodes the same page itself.
type event struct {
	ID           string    `json:"id"`
	Version      int64     `json:"version"`
	Name         string    `json:"name"`
	OrganizerID  string    `json:"organizer_id"`
	StartsAt     time.Time `json:"starts_at"`
	EndsAt       time.Time `json:"ends_at"`
	LocationID   string    `json:"location_id"`
	LocationName string    `json:"location_name"`
	Country      string    `json:"country"`
	Hall         string    `json:"hall"`
	Capacity     int       `json:"capacity"`
	Price        struct {
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
	} `json:"price"`
	Status    string    `json:"status"`
	SeatsLeft int       `json:"seats_left"`
	CreatedAt time.Time `json:"created_at"`
}
