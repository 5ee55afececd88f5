package tracing

import (
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// sampler returns the sampler of OTEL_TRACES_SAMPLER. With parentbased_ before its name it decides about new traces only;
// whoever began a trace elsewhere has decided already.
func (s *Settings) sampler() (sdktrace.Sampler, error) {
	root, parentBased := strings.CutPrefix(s.TracesSampler, "parentbased_")
	var sampler sdktrace.Sampler
	switch root {
	case "always_on":
		sampler = sdktrace.AlwaysSample()
	case "always_off":
		sampler = sdktrace.NeverSample()
	case "traceidratio":
		share, err := ratio(s.TracesSamplerArg)
		if err != nil {
			return nil, err
		}
		sampler = sdktrace.TraceIDRatioBased(share)
	default:
		return nil, oneOf("OTEL_TRACES_SAMPLER", s.TracesSampler, "always_on", "always_off", "traceidratio",
			"parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio")
	}
	if parentBased {
		sampler = sdktrace.ParentBased(sampler)
	}
	return sampler, nil
}
