package messaging

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/deadletter"
)

// consumerMetrics are registered from Start to Stop, so that a service can stop and start again in one process, as it
// would in its own.
type consumerMetrics struct {
	retries *prometheus.CounterVec
	parked  *prometheus.CounterVec
	letters prometheus.Collector

	registered []prometheus.Collector
}

func newConsumerMetrics(letters deadletter.Store) *consumerMetrics {
	return &consumerMetrics{
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "messaging_retries_total", Help: "Repeated attempts to process a message.",
		}, []string{"topic"}),
		parked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dead_letters_total", Help: "Messages put on the dead letter queue.",
		}, []string{"topic"}),
		letters: newLettersGauge(letters),
	}
}

// newLettersGauge asks the store at each scrape: it is right after a restart, and whoever requeues or drops a letter need
// not tell. While the store does not answer it stays at the last known count.
func newLettersGauge(letters deadletter.Store) prometheus.Collector {
	var last atomic.Int64
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "dead_letters", Help: "Messages on the dead letter queue.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if n, err := letters.Count(ctx); err == nil {
			last.Store(int64(n))
		}
		return float64(last.Load())
	})
}

// register adds the metrics, with all their series, unless there are only broadcasts: those are never parked.
func (m *consumerMetrics) register(r prometheus.Registerer, topics []topic) error {
	for _, t := range topics {
		if t.broadcast {
			continue
		}
		m.retries.WithLabelValues(t.name)
		m.parked.WithLabelValues(t.name)
		m.registered = []prometheus.Collector{m.retries, m.parked, m.letters}
	}
	for i, c := range m.registered {
		if err := r.Register(c); err != nil {
			m.registered = m.registered[:i]
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

func (m *consumerMetrics) unregister(r prometheus.Registerer) {
	for _, c := range m.registered {
		r.Unregister(c)
	}
}
