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
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// usualStack is what a Go team puts in front of a handler without us: otelhttp, promhttp's instrument handlers and a
// zerolog access line. Every request is traced; the exporter discards.
func usualStack(next http.Handler, logs io.Writer) http.Handler {
	registry := prometheus.NewRegistry()
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "request_duration_seconds"}, []string{"code", "method"})
	total := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total"}, []string{"code", "method"})
	inFlight := prometheus.NewGauge(prometheus.GaugeOpts{Name: "requests_in_flight"})
	registry.MustRegister(duration, total, inFlight)
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(discard{}))
	logger := zerolog.New(logs).With().Timestamp().Logger()

	handler := logged(next, logger)
	handler = promhttp.InstrumentHandlerInFlight(inFlight,
		promhttp.InstrumentHandlerCounter(total, promhttp.InstrumentHandlerDuration(duration, handler)))
	return otelhttp.NewHandler(handler, "server", otelhttp.WithTracerProvider(provider))
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func logged(next http.Handler, logger zerolog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		answer := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		logger.Info().Str("method", r.Method).Str("path", r.URL.Path).Int("status", answer.status).
			Dur("took", time.Since(start)).Msg("request")
	})
}

// discard is an exporter that takes every span and keeps none.
type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }

// serveUsual serves GET /hello and, encoded anew for every request, the page of events at GET /events.
func serveUsual(ctx context.Context, listen, pageFile string) error {
	var page struct {
		Items []event `json:"items"`
	}
	// Only /events needs the page; U is measured before there is one.
	if err := readJSON(pageFile, &page); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello\n") })
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(page)
	})
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: usualStack(mux, io.Discard), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
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
