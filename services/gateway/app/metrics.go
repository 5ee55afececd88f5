package app

import (
	"fmt"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/contracts/openapi"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/browser"
	"github.com/myevents/myevents/services/gateway/forward"
)

// metrics are what the gateway counts beside its requests.
type metrics struct {
	limited    prometheus.Counter
	unanswered *prometheus.CounterVec // by service
	pageSpans  *prometheus.CounterVec // by outcome
}

// newMetrics declares its series, those of all operations among them. It panics where they are registered already.
func newMetrics(t *telemetry.Telemetry) (*metrics, error) {
	m := &metrics{
		limited: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "gateway_rate_limited_requests_total", Help: "Requests refused because their client sent too many.",
		}),
		unanswered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gateway_unanswered_calls_total", Help: "Requests for which a service gave no answer or was not asked.",
		}, []string{"peer"}),
		pageSpans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "myevents_browser_spans_total", Help: "Spans in well-formed reports of the web page, by what became of them.",
		}, []string{"outcome"}),
	}
	for _, outcome := range []string{browser.OutcomeAccepted, browser.OutcomeRefused} {
		m.pageSpans.WithLabelValues(outcome)
	}
	for _, name := range gateway.Services() {
		m.unanswered.WithLabelValues(name)
	}
	t.Registerer.MustRegister(m.limited, m.unanswered, m.pageSpans)
	return m, declareOperations(t)
}

// declareOperations leaves the failures out: those of a service show there, and that it does not answer is counted above.
func declareOperations(t *telemetry.Telemetry) error {
	operations, err := openapi.Operations()
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	for _, o := range operations {
		t.DeclareOperation(o.Method, o.Path, o.Status)
	}
	return nil
}

// circuits tells the state of the way to each service, when it is asked for.
type circuits struct {
	services []*forward.Service
	state    *prometheus.Desc
}

func newCircuits(services []*forward.Service) *circuits {
	return &circuits{services: services, state: prometheus.NewDesc("gateway_circuit_state",
		"1 for the state the way to a service is in: closed while it is called, open while it is left alone.",
		[]string{"peer", "state"}, nil)}
}

// Describe implements prometheus.Collector.
func (c *circuits) Describe(to chan<- *prometheus.Desc) { to <- c.state }

// Collect implements prometheus.Collector.
func (c *circuits) Collect(to chan<- prometheus.Metric) {
	for _, s := range c.services {
		now := s.State()
		for _, state := range []circuitbreaker.State{circuitbreaker.ClosedState, circuitbreaker.HalfOpenState, circuitbreaker.OpenState} {
			value := 0.0
			if state.String() == now {
				value = 1
			}
			to <- prometheus.MustNewConstMetric(c.state, prometheus.GaugeValue, value, s.Name(), state.String())
		}
	}
}
