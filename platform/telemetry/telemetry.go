// Package telemetry is how a service tells what it does: spans, metrics and JSON log lines with one set of names.
//
// Nothing here is global: a service gets its own Telemetry, so that five services in one process keep five names.
// Names follow the OpenTelemetry semantic conventions (v1.43); log fields follow the Elastic Common Schema.
package telemetry

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const scope = "github.com/myevents/myevents/platform/telemetry"

// Options say who is speaking and where to.
type Options struct {
	Service     string // service.name, such as "booking"
	Version     string // service.version
	Environment string // deployment.environment.name, such as "production"

	Deployed time.Time // when that version came to that environment; zero: now

	Logs  io.Writer // receives one JSON document a line; must be safe for concurrent use
	Level string    // lowest level written: debug, info (the default), warn or error

	Registry        *prometheus.Registry // shared by the services of one process
	MessagingSystem string               // messaging.system, such as "nats"
	Clock           func() time.Time     // nil: time.Now

	SpanProcessors []sdktrace.SpanProcessor      // where sampled spans go, the caller's to shut down; none: ids flow, nothing is recorded
	Sampler        sdktrace.Sampler              // nil: every trace, unless who began it elsewhere decided otherwise
	Propagator     propagation.TextMapPropagator // of trace context over HTTP; nil: W3C trace context
	Attributes     []attribute.KeyValue          // of the resource, besides the three above
}

// Telemetry is one service's voice. Create it with New and end it with Shutdown.
type Telemetry struct {
	Log        zerolog.Logger        // without trace ids; prefer Logger where there is a context
	Tracer     trace.Tracer          // spans carry service.name and the other resource attributes
	Registerer prometheus.Registerer // adds the constant label service; emptied by Shutdown
	Registry   *prometheus.Registry  // what the admin port serves

	options      Options
	registered   *registerer
	provider     *sdktrace.TracerProvider
	propagator   propagation.TextMapPropagator
	server       *httpMetrics
	client       *httpMetrics
	consumption  *consumption
	database     *durations
	lines        *lineCounter
	attributes   *sync.Pool // of *[]attribute.KeyValue
	serverKind   trace.SpanStartOption
	clientKind   trace.SpanStartOption
	producerKind trace.SpanStartOption
	consumerKind trace.SpanStartOption
}

// New returns the telemetry of one service. It fails on an unknown level and where a metric of that service is
// registered already.
func New(o Options) (*Telemetry, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Sampler == nil {
		o.Sampler = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	if o.Propagator == nil {
		o.Propagator = propagation.TraceContext{}
	}
	log, err := NewLogger(o)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{
		registered:   &registerer{Registerer: prometheus.WrapRegistererWith(prometheus.Labels{"service": o.Service}, o.Registry)},
		Registry:     o.Registry,
		options:      o,
		provider:     newProvider(o),
		attributes:   newAttributes(),
		serverKind:   trace.WithSpanKind(trace.SpanKindServer),
		clientKind:   trace.WithSpanKind(trace.SpanKindClient),
		producerKind: trace.WithSpanKind(trace.SpanKindProducer),
		consumerKind: trace.WithSpanKind(trace.SpanKindConsumer),
		propagator:   o.Propagator,
	}
	t.Registerer = t.registered
	t.lines = newLineCounter()
	t.Log = log.Hook(t.lines)
	t.Tracer = unrecorded{}
	if len(o.SpanProcessors) > 0 {
		t.Tracer = t.provider.Tracer(scope, trace.WithInstrumentationVersion(o.Version))
	}
	t.server = newHTTPMetrics("http_server_request_duration_seconds", "Time to answer a request.", "http_route")
	t.client = newHTTPMetrics("http_client_request_duration_seconds", "Time until a peer answered a request.", "peer")
	t.consumption = newConsumption()
	t.database = newDurations("db_client_operation_duration_seconds", "Time of a store operation.",
		"db_system_name", "db_operation_name", "error_type")
	if err := t.register(); err != nil {
		return nil, err
	}
	return t, nil
}

// Shutdown takes the service's metrics out of the registry. Spans that wait are the caller's to flush: they wait in one
// queue with those of the process's other services, which go on.
func (t *Telemetry) Shutdown(context.Context) error {
	t.registered.unregisterAll()
	return nil
}

// newProvider leaves out what the SDK would say of itself (telemetry.sdk.name and so on): it is the same everywhere, and
// a tag on each span in Zipkin.
func newProvider(o Options, more ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	who := append(slices.Clone(o.Attributes), // the first three win
		attribute.String("service.name", o.Service),
		attribute.String("service.version", o.Version),
		attribute.String("deployment.environment.name", o.Environment),
	)
	options := append([]sdktrace.TracerProviderOption{
		sdktrace.WithSampler(o.Sampler), sdktrace.WithResource(resource.NewSchemaless(who...)),
	}, more...)
	for _, p := range o.SpanProcessors {
		options = append(options, sdktrace.WithSpanProcessor(p))
	}
	return sdktrace.NewTracerProvider(options...)
}
