package outbox

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	published prometheus.Counter
	failures  prometheus.Counter
}

// newMetrics registers the relay's metrics.
func newMetrics(r *Relay, registerer prometheus.Registerer) *metrics {
	m := &metrics{
		published: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outbox_published_total", Help: "Messages the broker has acknowledged.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outbox_publish_failures_total", Help: "Attempts to publish a batch that failed; it is tried again.",
		}),
	}
	registerer.MustRegister(m.published, m.failures, newBacklog(r))
	return m
}

// backlog is the state of the outbox, looked up once a scrape.
type backlog struct {
	relay  *Relay
	length *prometheus.Desc
	oldest *prometheus.Desc
}

const scrapeTimeout = time.Second

func newBacklog(r *Relay) *backlog {
	return &backlog{
		relay:  r,
		length: prometheus.NewDesc("outbox_pending_messages", "Messages the broker has not acknowledged yet.", nil, nil),
		oldest: prometheus.NewDesc("outbox_oldest_pending_timestamp_seconds",
			"When the oldest pending message was written; 0 where none is pending.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (b *backlog) Describe(to chan<- *prometheus.Desc) {
	to <- b.length
	to <- b.oldest
}

// Collect implements prometheus.Collector. Where the log does not answer, both are NaN: an outbox nobody can read must not
// look like an empty one.
func (b *backlog) Collect(to chan<- prometheus.Metric) {
	length, oldest := math.NaN(), math.NaN()
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	if n, at, err := b.relay.options.Log.Pending(ctx, b.relay.position.Load()); err == nil {
		length, oldest = float64(n), 0
		if n > 0 {
			oldest = float64(at.UnixMicro()) / 1e6
		}
	}
	to <- prometheus.MustNewConstMetric(b.length, prometheus.GaugeValue, length)
	to <- prometheus.MustNewConstMetric(b.oldest, prometheus.GaugeValue, oldest)
}
