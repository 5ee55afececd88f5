package allinone

import (
	"context"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/platform/telemetry/tracing"
	"github.com/myevents/myevents/platform/telemetry/zipkin"
	"github.com/myevents/myevents/platform/tracestore"
)

// Validate is called once the configuration is filled.
func (c *Config) Validate() error {
	if c.Tracing.NamesService() {
		return tracing.ErrOneNameForAll
	}
	return nil
}

// openTracing decides where the spans of all services go: into a store of our own where nobody said anything else.
func (a *App) openTracing() error {
	var fallback sdktrace.SpanExporter
	if a.config.Tracing.Exporter() == "" {
		fallback = a.openTraceStore()
	}
	return a.host.OpenTracing(context.Background(), "myevents", a.config.Tracing, fallback)
}

// openTraceStore also shows the store on the admin port, where it takes spans of others as well.
func (a *App) openTraceStore() sdktrace.SpanExporter {
	store := tracestore.New(tracestore.Options{Registerer: a.host.Registry, Clock: a.host.Clock})
	a.host.TraceStore = store.Handler()
	a.admin.Show("GET /api/v2/", a.host.TraceStore)
	a.admin.Show("GET /health", a.host.TraceStore)
	a.admin.Handle("POST /api/v2/spans", a.host.TraceStore)
	return &toStore{store: store}
}

// FlushSpans returns when every span that has ended has been exported or dropped, or with ctx's error where ctx ends first.
func (a *App) FlushSpans(ctx context.Context) error {
	if a.host.Tracing.Queue == nil {
		return nil
	}
	return a.host.Tracing.Queue.ForceFlush(ctx)
}

// toStore exports spans to a store in the same process. The store copies what it keeps, so the models are used again.
type toStore struct {
	store  *tracestore.Store
	models zipkin.Converter
}

// ExportSpans implements sdktrace.SpanExporter; the queue calls it from one goroutine.
func (t *toStore) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	t.store.Add(t.models.Models(spans))
	return nil
}

// Shutdown implements sdktrace.SpanExporter; there is nothing to end.
func (*toStore) Shutdown(context.Context) error { return nil }
