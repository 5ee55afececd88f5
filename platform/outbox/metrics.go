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

const scrapeTimeout = time.Second

// newMetrics registers the relay's metrics. What is pending is counted when it is asked for.
func newMetrics(r *Relay, registerer prometheus.Registerer) *metrics {
	m := &metrics{
		published: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outbox_published_total", Help: "Messages the broker has acknowledged.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "outbox_publish_failures_total", Help: "Attempts to publish a batch that failed; it is tried again.",
		}),
	}
	registerer.MustRegister(m.published, m.failures,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "outbox_pending_messages", Help: "Messages the broker has not acknowledged yet.",
		}, func() float64 {
			n, _, err := r.pending()
			return known(float64(n), err)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "outbox_oldest_pending_timestamp_seconds", Help: "When the oldest pending message was written; 0 where none is pending.",
		}, func() float64 {
			n, oldest, err := r.pending()
			if n == 0 {
				return known(0, err)
			}
			return float64(oldest.UnixMicro()) / 1e6
		}),
	)
	return m
}

func (r *Relay) pending() (int, time.Time, error) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	return r.options.Log.Pending(ctx, r.position.Load())
}

// known keeps a failed count from looking like an empty outbox.
func known(v float64, err error) float64 {
	if err != nil {
		return math.NaN()
	}
	return v
}
