package main

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// theUsual is what a Go team puts in front of a handler without us: otelhttp, promhttp's instrument handlers and a
// zerolog access line. Every request is traced; the exporter discards.
func theUsual(next http.Handler, logs io.Writer) http.Handler {
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
