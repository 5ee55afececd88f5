// Package tracing decides where a process's spans go: which are sampled, who is told, and how trace context travels. The
// services of one process share one queue and one exporter.
package tracing

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/myevents/myevents/platform/config"
)

// Settings is what a process can be told about its spans. Embedded with prefix:"otel-", the names in the environment are
// those of the OpenTelemetry specification ("Environment Variable Specification"), OTEL_TRACES_EXPORTER and so on.
type Settings struct {
	SDKDisabled        bool   `name:"sdk-disabled" help:"Record no spans; trace ids still flow."`
	ServiceName        string `help:"service.name of all telemetry, in the process of one service."`
	ResourceAttributes string `help:"Attributes of all spans, as KEY=VALUE,..., percent-encoded."`

	// Propagators are empty for "send tracecontext, understand B3 too"; see DefaultPropagator.
	Propagators      string `help:"Headers of trace context, a list of tracecontext, b3, b3multi, baggage; or none."`
	TracesSampler    string `help:"always_on, always_off or traceidratio, also with parentbased_ before." default:"parentbased_always_on"`
	TracesSamplerArg string `help:"Share of traces that traceidratio samples, 0 to 1."`
	TracesExporter   string `help:"Where spans go: zipkin, otlp or none. By default to the endpoint that is set."`

	ExporterZipkinEndpoint string `help:"Zipkin's spans resource; http://localhost:9411/api/v2/spans where it is not set."`
	ExporterZipkinTimeout  int    `help:"Longest wait for Zipkin's answer, in milliseconds." default:"10000"`

	OTLP       OTLP `embed:"" prefix:"exporter-otlp-"`
	OTLPTraces OTLP `embed:"" prefix:"exporter-otlp-traces-"`

	BSPMaxQueueSize       int `name:"bsp-max-queue-size" help:"Spans that may wait; more are dropped." default:"8192"`
	BSPMaxExportBatchSize int `name:"bsp-max-export-batch-size" help:"Spans exported at once." default:"512"`
	BSPScheduleDelay      int `name:"bsp-schedule-delay" help:"Longest a span waits for others, in milliseconds." default:"1000"`
	BSPExportTimeout      int `name:"bsp-export-timeout" help:"Longest an export takes, retries included, in milliseconds." default:"30000"`
}

// OTLP is what the exporter for the OpenTelemetry Protocol over HTTP can be told: for all signals, or for traces, which
// wins. It reads other variables of its own, such as those for certificates, from the process's environment.
type OTLP struct {
	Endpoint    string        `help:"URL of the collector; for all signals together without /v1/traces."`
	Protocol    string        `help:"Only http/protobuf is supported."`
	Headers     config.Secret `help:"Headers of every request, as NAME=VALUE,..., percent-encoded."`
	Compression string        `help:"gzip or none."`
	Timeout     int           `help:"Longest wait for an answer, in milliseconds."`
}

// The exporters.
const (
	exporterZipkin = "zipkin"
	exporterOTLP   = "otlp"
	exporterNone   = "none"
)

// Exporter returns the exporter that is configured: "zipkin", "otlp", "none", or "" where nobody said anything.
func (s *Settings) Exporter() string {
	switch {
	case s.SDKDisabled:
		return exporterNone
	case s.TracesExporter != "":
		return s.TracesExporter
	case s.ExporterZipkinEndpoint != "":
		return exporterZipkin
	case s.OTLP.Endpoint != "" || s.OTLPTraces.Endpoint != "":
		return exporterOTLP
	default:
		return ""
	}
}

// Validate is called once the settings are filled. Its error names the variable and the rule.
func (s *Settings) Validate() error {
	if err := oneOf("OTEL_TRACES_EXPORTER", s.TracesExporter, "", exporterZipkin, exporterOTLP, exporterNone); err != nil {
		return err
	}
	if err := httpURL("OTEL_EXPORTER_ZIPKIN_ENDPOINT", s.ExporterZipkinEndpoint); err != nil {
		return err
	}
	if _, err := s.sampler(); err != nil {
		return err
	}
	if _, err := s.propagator(); err != nil {
		return err
	}
	if _, err := s.resourceAttributes(); err != nil {
		return err
	}
	for prefix, o := range map[string]*OTLP{"OTEL_EXPORTER_OTLP_": &s.OTLP, "OTEL_EXPORTER_OTLP_TRACES_": &s.OTLPTraces} {
		if err := o.validate(prefix); err != nil {
			return err
		}
	}
	return s.validateLimits()
}

func (s *Settings) validateLimits() error {
	for _, limit := range []struct {
		variable string
		value    int
	}{
		{"OTEL_EXPORTER_ZIPKIN_TIMEOUT", s.ExporterZipkinTimeout},
		{"OTEL_BSP_MAX_QUEUE_SIZE", s.BSPMaxQueueSize},
		{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", s.BSPMaxExportBatchSize},
		{"OTEL_BSP_SCHEDULE_DELAY", s.BSPScheduleDelay},
		{"OTEL_BSP_EXPORT_TIMEOUT", s.BSPExportTimeout},
	} {
		if limit.value < 1 {
			return fmt.Errorf("%s must be at least 1, not %d", limit.variable, limit.value)
		}
	}
	if s.BSPMaxExportBatchSize > s.BSPMaxQueueSize {
		return fmt.Errorf("OTEL_BSP_MAX_EXPORT_BATCH_SIZE must be at most OTEL_BSP_MAX_QUEUE_SIZE, which is %d, not %d",
			s.BSPMaxQueueSize, s.BSPMaxExportBatchSize)
	}
	return nil
}

func (o *OTLP) validate(prefix string) error {
	if err := httpURL(prefix+"ENDPOINT", o.Endpoint); err != nil {
		return err
	}
	if err := oneOf(prefix+"PROTOCOL", o.Protocol, "", "http/protobuf"); err != nil {
		return err
	}
	if err := oneOf(prefix+"COMPRESSION", o.Compression, "", "gzip", "none"); err != nil {
		return err
	}
	if o.Timeout < 0 {
		return fmt.Errorf("%sTIMEOUT must be at least 1, not %d", prefix, o.Timeout)
	}
	if _, err := pairs(o.Headers.Reveal()); err != nil {
		return fmt.Errorf("%sHEADERS must be NAME=VALUE,..., percent-encoded", prefix) // without the values, which are secret
	}
	return nil
}

func oneOf(variable, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	named := slices.DeleteFunc(allowed, func(s string) bool { return s == "" })
	return fmt.Errorf("%s must be %s, not %q", variable, alternatives(named), value)
}

// alternatives returns "a, b or c".
func alternatives(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// httpURL does not repeat a URL that is wrong: it may hold a password.
func httpURL(variable, value string) error {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%s must be a URL that begins with http:// or https:// and names a host", variable)
	}
	return nil
}

// pair is a key with its value, decoded.
type pair struct{ key, value string }

// pairs parses KEY=VALUE,..., percent-encoded, the format the specification borrows from W3C Baggage.
func pairs(text string) ([]pair, error) {
	var found []pair
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || key == "" || err != nil {
			return nil, fmt.Errorf("%q is not KEY=VALUE, percent-encoded", part)
		}
		found = append(found, pair{key, value})
	}
	return found, nil
}

func ratio(text string) (float64, error) {
	if text == "" {
		return 1, nil
	}
	share, err := strconv.ParseFloat(text, 64)
	if err != nil || !(share >= 0 && share <= 1) { // which NaN is not, either
		return 0, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not %q", text)
	}
	return share, nil
}
