package process

import (
	"context"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/telemetry/tracing"
)

// flushTimeout bounds how long the end of a process waits for whoever receives its spans.
const flushTimeout = 5 * time.Second

// OpenTracing decides where the spans of all services of the process go; to fallback, if it is not nil, where the settings
// leave it open. It comes before the services' Env. The name is that of the process in log lines.
func (h *Host) OpenTracing(ctx context.Context, name string, s tracing.Settings, fallback sdktrace.SpanExporter) error {
	log, err := h.Logger(name)
	if err != nil {
		return err
	}
	opened, err := tracing.Open(ctx, s, tracing.OpenOptions{Fallback: fallback, Registerer: h.Registry, Log: log})
	if err != nil {
		return err
	}
	h.Tracing, h.zipkin = *opened, zipkinURL(s)
	h.SpanProcessors = append(h.SpanProcessors, opened.Processors()...)
	return nil
}

// Spans returns the part that exports spans. It starts before all that has spans to tell and stops after it.
func (h *Host) Spans() lifecycle.Part {
	queue := h.Tracing.Queue
	if queue == nil {
		return lifecycle.Funcs(nil, nil)
	}
	return lifecycle.Funcs(queue.Start, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, flushTimeout)
		defer cancel()
		_ = queue.Shutdown(ctx) // a Zipkin that is away is no failure of this process; the queue has said so in the log
		return nil
	})
}
