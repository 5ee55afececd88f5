package process

import (
	"cmp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/auth"
)

// Registerer adds to the metrics of the process under the name of a service.
func (h *Host) Registerer(service string) prometheus.Registerer {
	return prometheus.WrapRegistererWith(prometheus.Labels{"service": cmp.Or(h.ServiceName, service)}, h.Registry)
}

// verifierMetrics say what a service's verifier knows, when they are asked for.
type verifierMetrics struct {
	verifier *auth.Verifier
	keys     *prometheus.Desc
	revoked  *prometheus.Desc
	cached   *prometheus.Desc
	learned  *prometheus.Desc
	failures *prometheus.Desc
}

func newVerifierMetrics(v *auth.Verifier) *verifierMetrics {
	describe := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &verifierMetrics{
		verifier: v,
		keys:     describe("auth_keys", "Public keys that tokens are verified with; at 0 nobody is let in."),
		revoked:  describe("auth_revoked_sessions", "Sessions that have ended and whose tokens have not expired yet."),
		cached:   describe("auth_cached_tokens", "Tokens whose signature need not be checked again."),
		learned:  describe("auth_last_refresh_timestamp_seconds", "When keys and revocations last arrived; 0: never."),
		failures: describe("auth_refresh_failures_total", "Attempts to fetch keys and revocations that failed."),
	}
}

// Describe implements prometheus.Collector.
func (m *verifierMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.keys, m.revoked, m.cached, m.learned, m.failures} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *verifierMetrics) Collect(to chan<- prometheus.Metric) {
	s := m.verifier.Stats()
	gauge := func(d *prometheus.Desc, value float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	gauge(m.keys, float64(s.Keys))
	gauge(m.revoked, float64(s.RevokedSessions))
	gauge(m.cached, float64(s.CachedTokens))
	learned := 0.0
	if !s.Learned.IsZero() {
		learned = float64(s.Learned.UnixMilli()) / 1e3
	}
	gauge(m.learned, learned)
	to <- prometheus.MustNewConstMetric(m.failures, prometheus.CounterValue, float64(s.Failures))
}
