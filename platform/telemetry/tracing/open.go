package tracing

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/platform/telemetry/zipkin"
)

// Tracing is what the services of a process share.
type Tracing struct {
	Sampler    sdktrace.Sampler
	Propagator propagation.TextMapPropagator
	Attributes []attribute.KeyValue // of every span's resource
	Queue      *Queue               // where spans go, to be started and shut down by the caller; nil: nowhere

	skipped float64 // share of new traces that are not sampled
}

// SampleRatio returns the share of new traces that are sampled, for those who begin traces elsewhere.
func (t *Tracing) SampleRatio() float64 { return 1 - t.skipped }

// OpenOptions are what Open needs besides settings.
type OpenOptions struct {
	Fallback   sdktrace.SpanExporter // where spans go if nobody said; nil: nowhere
	Registerer prometheus.Registerer
	Log        zerolog.Logger
}

// Open makes what the settings, which must be valid, say. It does not connect to anything yet.
func Open(ctx context.Context, s Settings, o OpenOptions) (*Tracing, error) {
	t := &Tracing{Attributes: s.attributes()}
	var err error
	if t.Sampler, err = s.sampler(); err != nil {
		return nil, err
	}
	share, err := s.share()
	if err != nil {
		return nil, err
	}
	t.skipped = 1 - share
	if t.Propagator, err = s.propagator(); err != nil {
		return nil, err
	}
	exporter, err := s.open(ctx, o.Fallback)
	if err != nil || exporter == nil {
		return t, err
	}
	t.Queue, err = NewQueue(QueueOptions{
		Exporter: exporter, Registerer: o.Registerer, Log: o.Log,
		Size: s.BSPMaxQueueSize, Batch: s.BSPMaxExportBatchSize,
		Delay: milliseconds(s.BSPScheduleDelay), ExportTimeout: milliseconds(s.BSPExportTimeout),
	})
	return t, err
}

// Processors returns the span processors of a service.
func (t *Tracing) Processors() []sdktrace.SpanProcessor {
	if t.Queue == nil {
		return nil
	}
	return []sdktrace.SpanProcessor{t.Queue}
}

func (s *Settings) open(ctx context.Context, fallback sdktrace.SpanExporter) (sdktrace.SpanExporter, error) {
	switch s.Exporter() {
	case exporterNone:
		return nil, nil
	case exporterZipkin:
		return zipkin.New(zipkin.Options{
			URL: s.ExporterZipkinEndpoint, Timeout: milliseconds(s.ExporterZipkinTimeout),
		})
	case exporterOTLP:
		exporter, err := otlptracehttp.New(ctx, s.otlp()...)
		if err != nil {
			return nil, fmt.Errorf("open the OTLP exporter: %w", err)
		}
		return exporter, nil
	default:
		return fallback, nil
	}
}

// otlp returns what was set; the exporter has defaults for the rest.
func (s *Settings) otlp() []otlptracehttp.Option {
	var options []otlptracehttp.Option
	switch {
	case s.OTLPTraces.Endpoint != "":
		options = append(options, otlptracehttp.WithEndpointURL(s.OTLPTraces.Endpoint))
	case s.OTLP.Endpoint != "":
		options = append(options, otlptracehttp.WithEndpointURL(strings.TrimSuffix(s.OTLP.Endpoint, "/")+"/v1/traces"))
	}
	if compression := cmp.Or(s.OTLPTraces.Compression, s.OTLP.Compression); compression == "gzip" {
		options = append(options, otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	}
	if timeout := cmp.Or(s.OTLPTraces.Timeout, s.OTLP.Timeout); timeout > 0 {
		options = append(options, otlptracehttp.WithTimeout(milliseconds(timeout)))
	}
	if text := cmp.Or(s.OTLPTraces.Headers, s.OTLP.Headers); text != "" {
		headers := map[string]string{}
		named, _ := pairs(text.Reveal()) // without an error, by Validate
		for _, h := range named {
			headers[h.key] = h.value
		}
		options = append(options, otlptracehttp.WithHeaders(headers))
	}
	return options
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }
