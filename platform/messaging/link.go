package messaging

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Link is how the connection to a broker is doing. Its adapter tells it, and it tells the log and, as a
// prometheus.Collector, the metrics of every service that uses the connection. It is safe for concurrent use.
type Link struct {
	log        zerolog.Logger
	connected  prometheus.Gauge
	reconnects prometheus.Counter
	unrouted   prometheus.Counter

	mu   sync.Mutex
	lost bool
}

// NewLink returns the link of a broker that is connected.
func NewLink(log zerolog.Logger) *Link {
	l := &Link{
		log: log,
		connected: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "messaging_client_connected", Help: "1 while the broker can be reached, 0 while it is away.",
		}),
		reconnects: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "messaging_client_reconnects_total", Help: "How often the broker came back after it had gone away.",
		}),
		unrouted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "messaging_client_unrouted_messages_total",
			Help: "Messages published that the broker did not keep, because no service has ever subscribed to their topic.",
		}),
	}
	l.connected.Set(1)
	return l
}

// Lost says that the broker went away. Only the first call after Restored counts.
func (l *Link) Lost(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return
	}
	l.lost = true
	l.connected.Set(0)
	l.log.Warn().Err(err).Str("event.action", "broker.disconnected").Msg("message broker went away")
}

// Restored says that the broker is back. Only the first call after Lost counts.
func (l *Link) Restored() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lost {
		return
	}
	l.lost = false
	l.connected.Set(1)
	l.reconnects.Inc()
	l.log.Info().Str("event.action", "broker.reconnected").Msg("message broker is back")
}

// Unrouted says that the broker dropped messages that nobody has subscribed to.
func (l *Link) Unrouted(n int) { l.unrouted.Add(float64(n)) }

// Describe implements prometheus.Collector.
func (l *Link) Describe(to chan<- *prometheus.Desc) {
	for _, c := range []prometheus.Collector{l.connected, l.reconnects, l.unrouted} {
		c.Describe(to)
	}
}

// Collect implements prometheus.Collector.
func (l *Link) Collect(to chan<- prometheus.Metric) {
	for _, c := range []prometheus.Collector{l.connected, l.reconnects, l.unrouted} {
		c.Collect(to)
	}
}
