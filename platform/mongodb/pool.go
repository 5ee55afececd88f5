package mongodb

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"go.mongodb.org/mongo-driver/v2/event"
)

// pool counts what the driver says of its connections. The driver calls it from many goroutines.
type pool struct {
	open, inUse               atomic.Int64
	opened, failures, cleared atomic.Int64
	heartbeats                atomic.Int64 // those that failed
}

func (p *pool) monitor() *event.PoolMonitor {
	return &event.PoolMonitor{Event: func(e *event.PoolEvent) {
		switch e.Type {
		case event.ConnectionCreated:
			p.open.Add(1)
			p.opened.Add(1)
		case event.ConnectionClosed:
			p.open.Add(-1)
		case event.ConnectionCheckedOut:
			p.inUse.Add(1)
		case event.ConnectionCheckedIn:
			p.inUse.Add(-1)
		case event.ConnectionCheckOutFailed:
			p.failures.Add(1)
		case event.ConnectionPoolCleared:
			p.cleared.Add(1)
		}
	}}
}

func (p *pool) serverMonitor() *event.ServerMonitor {
	return &event.ServerMonitor{
		ServerHeartbeatFailed: func(*event.ServerHeartbeatFailedEvent) { p.heartbeats.Add(1) },
	}
}

// Metrics returns what is known of the connections, to be registered.
func (db *DB) Metrics() []prometheus.Collector {
	gauge := func(name, help string, n *atomic.Int64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(n.Load()) })
	}
	counter := func(name, help string, n *atomic.Int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(n.Load()) })
	}
	p := &db.pool
	return []prometheus.Collector{
		gauge("mongodb_connections", "Open connections to the database.", &p.open),
		gauge("mongodb_connections_in_use", "Connections that a command runs on.", &p.inUse),
		counter("mongodb_connections_opened_total", "Connections that were opened; many of them mean that they do not last.", &p.opened),
		counter("mongodb_connection_failures_total", "Commands that got no connection in time.", &p.failures),
		counter("mongodb_disconnects_total", "Times that all connections to a server were given up because one had failed.", &p.cleared),
		counter("mongodb_heartbeat_failures_total", "Checks of a server that failed.", &p.heartbeats),
	}
}
