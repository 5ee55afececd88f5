package telemetry

import (
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// register adds the metrics that every service has, under the service's name.
func (t *Telemetry) register() error {
	for _, c := range []prometheus.Collector{
		t.buildInfo(), t.deployment(), t.clock(), t.server, t.client, t.consumption.processing, t.consumption.delivery, t.database, t.lines,
	} {
		if err := t.Registerer.Register(c); err != nil {
			return fmt.Errorf("register metrics of service %s: %w", t.options.Service, err)
		}
	}
	return nil
}

func (t *Telemetry) buildInfo() prometheus.Collector {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "myevents_build_info", Help: "Always 1; the labels say what runs.",
	}, []string{"version", "environment"})
	info.WithLabelValues(t.options.Version, t.options.Environment).Set(1)
	return info
}

func (t *Telemetry) deployment() prometheus.Collector {
	at := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "myevents_deployment_timestamp_seconds",
		Help: "When this was deployed; where nobody said so, when the service started.",
	})
	deployed := t.options.Deployed
	if deployed.IsZero() {
		deployed = time.Now() // not the service's clock: what the business takes for now must not move a deployment
	}
	at.Set(float64(deployed.UnixMilli()) / 1e3)
	return at
}

// clock is read at the scrape, whose time tells how far it is off.
func (t *Telemetry) clock() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "myevents_clock_timestamp_seconds", Help: "What the service takes for now.",
	}, func() float64 { return float64(t.options.Clock().UnixMilli()) / 1e3 })
}

// lineCounter counts log lines by level. It is a zerolog.Hook.
type lineCounter struct {
	*prometheus.CounterVec
	byLevel map[zerolog.Level]prometheus.Counter
}

func newLineCounter() *lineCounter {
	c := &lineCounter{
		CounterVec: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "log_lines_total", Help: "Log lines written, by level.",
		}, []string{"level"}),
		byLevel: map[zerolog.Level]prometheus.Counter{},
	}
	for _, level := range []zerolog.Level{zerolog.DebugLevel, zerolog.InfoLevel, zerolog.WarnLevel, zerolog.ErrorLevel} {
		c.byLevel[level] = c.WithLabelValues(level.String())
	}
	return c
}

// Run implements zerolog.Hook.
func (c *lineCounter) Run(_ *zerolog.Event, level zerolog.Level, _ string) {
	if counter := c.byLevel[level]; counter != nil {
		counter.Inc()
	}
}

// What can happen is known when a service is wired, so its series are there before it happens, at 0: an alert on the first
// error needs the value from before it. What is not declared here, such as other statuses, is added when it comes.

// DeclareOperation declares that the service answers an operation, mostly with these statuses.
func (t *Telemetry) DeclareOperation(method, path string, statuses ...int) {
	for _, status := range statuses {
		t.server.of(method, path, status)
	}
}

// declarePeer declares calls to a peer that are answered, and such that are not.
func (t *Telemetry) declarePeer(peer string) {
	t.client.of(http.MethodGet, peer, http.StatusOK)
	t.client.of(http.MethodGet, peer, noAnswer)
}

// DeclareMessages declares that the service processes messages of these types.
func (t *Telemetry) DeclareMessages(topic string, types ...string) {
	for _, typ := range types {
		t.consumption.series.get([3]string{topic, typ, succeeded})
		t.consumption.series.get([3]string{topic, typ, failed})
	}
}

// DeclareStore declares the operations of a store, such as "place"; system is its db.system.name.
func (t *Telemetry) DeclareStore(system string, operations ...string) {
	for _, operation := range operations {
		t.database.series.get([3]string{system, operation, ""})
	}
}
