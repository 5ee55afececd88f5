package tracing

import (
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// sampler returns the sampler of OTEL_TRACES_SAMPLER. With parentbased_ before its name it decides about new traces only;
// whoever began a trace elsewhere has decided already.
func (s *Settings) sampler() (sdktrace.Sampler, error) {
	share, err := s.share()
	if err != nil {
		return nil, err
	}
	root, parentBased := strings.CutPrefix(s.TracesSampler, "parentbased_")
	var sampler sdktrace.Sampler
	switch root {
	case "always_on":
		sampler = sdktrace.AlwaysSample()
	case "always_off":
		sampler = sdktrace.NeverSample()
	default:
		sampler = sdktrace.TraceIDRatioBased(share)
	}
	if parentBased {
		sampler = sdktrace.ParentBased(sampler)
	}
	return sampler, nil
}

// share returns the share of new traces that are sampled.
func (s *Settings) share() (float64, error) {
	switch strings.TrimPrefix(s.TracesSampler, "parentbased_") {
	case "always_on":
		return 1, nil
	case "always_off":
		return 0, nil
	case "traceidratio":
		return ratio(s.TracesSamplerArg)
	default:
		return 0, oneOf("OTEL_TRACES_SAMPLER", s.TracesSampler, "always_on", "always_off", "traceidratio",
			"parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio")
	}
}
