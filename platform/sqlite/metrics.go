package sqlite

import "github.com/prometheus/client_golang/prometheus"

// Metrics returns what the writer has done and what waits for it, to be registered.
func (db *DB) Metrics() []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "sqlite_writes_total", Help: "Writes in committed transactions.",
		}, func() float64 { return float64(db.writer.writes.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "sqlite_transactions_total", Help: "Committed transactions; each is one sync for all of its writes.",
		}, func() float64 { return float64(db.writer.batches.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sqlite_waiting_writes", Help: "Writes that wait for the transaction before theirs.",
		}, func() float64 { return float64(len(db.writer.queue)) }),
	}
}
