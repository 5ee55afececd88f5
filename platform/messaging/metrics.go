package messaging

import (
	"context"
	"fmt"
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/deadletter"
)

// scrapeTimeout bounds what is looked up when the metrics are read.
const scrapeTimeout = time.Second

// destination is the label that names a topic.
const destination = "messaging_destination_name"

// consumerMetrics are registered from Start to Stop, so that a service can stop and start again in one process, as it
// would in its own.
type consumerMetrics struct {
	retries *prometheus.CounterVec
	parked  *prometheus.CounterVec
	letters prometheus.Collector
	held    prometheus.Collector
	backlog *backlog

	registered []prometheus.Collector
}

func newConsumerMetrics(system string, letters deadletter.Store, inFlight *atomic.Int64) *consumerMetrics {
	return &consumerMetrics{
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "messaging_retries_total", Help: "Repeated attempts to process a message.",
		}, []string{destination}),
		parked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dead_letters_total", Help: "Messages put on the dead letter queue.",
		}, []string{destination}),
		letters: newLettersGauge(letters),
		held: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "messaging_in_flight_messages", Help: "Messages received and not settled, those included that wait for a retry.",
		}, func() float64 { return float64(inFlight.Load()) }),
		backlog: newBacklog(system),
	}
}

// newLettersGauge asks the store at each scrape: it is right after a restart, and whoever requeues or drops a letter need
// not tell. While the store does not answer it stays at the last known count.
func newLettersGauge(letters deadletter.Store) prometheus.Collector {
	var last atomic.Int64
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "dead_letters_waiting", Help: "Messages on the dead letter queue.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		if n, err := letters.Count(ctx); err == nil {
			last.Store(int64(n))
		}
		return float64(last.Load())
	})
}

// register adds the metrics, with all their series, unless there are only broadcasts: those are neither retried nor parked,
// and nothing waits for an instance that is away.
func (m *consumerMetrics) register(r prometheus.Registerer, topics []topic) error {
	for _, t := range topics {
		if t.broadcast {
			continue
		}
		m.retries.WithLabelValues(t.name)
		m.parked.WithLabelValues(t.name)
		m.registered = []prometheus.Collector{m.retries, m.parked, m.letters, m.held, m.backlog}
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

// backlog is how far the service is behind in each topic. The broker is asked at each scrape.
type backlog struct {
	pending *prometheus.Desc

	mu          sync.Mutex
	subscribers map[string]Subscriber // by topic
}

func newBacklog(system string) *backlog {
	return &backlog{
		pending: prometheus.NewDesc("messaging_pending_messages",
			"Messages the service has not acknowledged yet, those included that have not arrived.", []string{destination},
			prometheus.Labels{"messaging_system": system}),
		subscribers: map[string]Subscriber{},
	}
}

func (b *backlog) add(topic string, s Subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribers[topic] = s
}

func (b *backlog) all() map[string]Subscriber {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.subscribers)
}

// Describe implements prometheus.Collector.
func (b *backlog) Describe(to chan<- *prometheus.Desc) { to <- b.pending }

// Collect implements prometheus.Collector. Where the broker does not answer the backlog is NaN: one that nobody knows must
// not look like none. Brokers that cannot tell have no series.
func (b *backlog) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	for topic, s := range b.all() {
		n, ok, err := s.Pending(ctx)
		if !ok {
			continue
		}
		pending := float64(n)
		if err != nil {
			pending = math.NaN()
		}
		to <- prometheus.MustNewConstMetric(b.pending, prometheus.GaugeValue, pending, topic)
	}
}
