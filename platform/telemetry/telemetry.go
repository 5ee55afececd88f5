// Package telemetry is how a service tells what it does: spans, metrics and JSON log lines with one set of names.
//
// Nothing here is global: a service gets its own Telemetry, so that five services in one process keep five names.
// Names follow the OpenTelemetry semantic conventions (v1.43); log fields follow the Elastic Common Schema.
package telemetry

import (
	"context"
	"fmt"
	"io"
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

	Logs  io.Writer // receives one JSON document a line; must be safe for concurrent use
	Level string    // lowest level written: debug, info (the default), warn or error

	Registry        *prometheus.Registry     // shared by the services of one process
	SpanProcessors  []sdktrace.SpanProcessor // where sampled spans go, the caller's to shut down; none: ids flow, nothing is recorded
	SampleRatio     float64                  // share of new traces that is sampled, 0 to 1; a caller's decision wins
	MessagingSystem string                   // messaging.system, such as "nats"
	Clock           func() time.Time         // nil: time.Now
}

// Telemetry is one service's voice. Create it with New and end it with Shutdown.
type Telemetry struct {
	Log        zerolog.Logger        // without trace ids; prefer Logger where there is a context
	Tracer     trace.Tracer          // spans carry service.name and the other resource attributes
	Registerer prometheus.Registerer // adds the constant label service; emptied by Shutdown
	Registry   *prometheus.Registry  // what the admin port serves

	options    Options
	registered *registerer
	provider   *sdktrace.TracerProvider
	propagator propagation.TextMapPropagator
	server     *httpMetrics
	client     *httpMetrics
	process    *prometheus.HistogramVec
	database   *prometheus.HistogramVec
}

// New returns the telemetry of one service. It fails on an unknown level and where a metric of that service is
// registered already.
func New(o Options) (*Telemetry, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	log, err := NewLogger(o)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{
		Log:        log,
		registered: &registerer{Registerer: prometheus.WrapRegistererWith(prometheus.Labels{"service": o.Service}, o.Registry)},
		Registry:   o.Registry,
		options:    o,
		provider:   newProvider(o),
		propagator: propagation.TraceContext{},
	}
	t.Registerer = t.registered
	t.Tracer = t.provider.Tracer(scope, trace.WithInstrumentationVersion(o.Version))
	t.server = newHTTPMetrics("http_server_request_duration_seconds", "Time to answer a request.")
	t.client = newHTTPMetrics("http_client_request_duration_seconds", "Time until a peer answered a request.")
	t.process = newHistogram("messaging_process_duration_seconds", "Time to process a message, retries included.",
		"messaging_destination_name", "type", "outcome")
	t.database = newHistogram("db_client_operation_duration_seconds", "Time of a store operation.",
		"db_system_name", "db_operation_name", "error_type")
	if err := t.register(); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Telemetry) register() error {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "myevents_build_info", Help: "Always 1; the labels say what runs.",
	}, []string{"version", "environment"})
	info.WithLabelValues(t.options.Version, t.options.Environment).Set(1)
	for _, c := range []prometheus.Collector{info, t.server.duration, t.client.duration, t.process, t.database} {
		if err := t.Registerer.Register(c); err != nil {
			return fmt.Errorf("register metrics of service %s: %w", t.options.Service, err)
		}
	}
	return nil
}

// Shutdown flushes the spans that wait and takes the service's metrics out of the registry. It returns ctx's error where
// the deadline passes first.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	t.registered.unregisterAll()
	if err := t.provider.ForceFlush(ctx); err != nil {
		return fmt.Errorf("flush spans of service %s: %w", t.options.Service, err)
	}
	return nil
}

// newProvider samples nothing where no processor would receive it: ids still flow into logs and to peers, but a span
// then costs next to nothing.
func newProvider(o Options) *sdktrace.TracerProvider {
	sampler := sdktrace.NeverSample()
	if len(o.SpanProcessors) > 0 {
		sampler = sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.SampleRatio))
	}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(sampler),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", o.Service),
			attribute.String("service.version", o.Version),
			attribute.String("deployment.environment.name", o.Environment),
		)),
	}
	for _, p := range o.SpanProcessors {
		options = append(options, sdktrace.WithSpanProcessor(p))
	}
	return sdktrace.NewTracerProvider(options...)
}

// newHistogram has classic buckets for everybody and a native one for servers that read it.
func newHistogram(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help,
		Buckets:                        []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		NativeHistogramBucketFactor:    1.1,
		NativeHistogramMaxBucketNumber: 100,
	}, labels)
}

// observe adds an exemplar only for a sampled span: it costs many times a plain observation, and a trace id that leads
// to no trace helps nobody.
func observe(o prometheus.Observer, seconds float64, span trace.SpanContext) {
	if !span.IsSampled() {
		o.Observe(seconds)
		return
	}
	o.(prometheus.ExemplarObserver).ObserveWithExemplar(seconds, prometheus.Labels{"trace_id": span.TraceID().String()})
}
