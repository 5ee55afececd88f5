package sqlite

import "github.com/prometheus/client_golang/prometheus"

// Metrics returns a collector of what the writer has done and what waits for it.
func (db *DB) Metrics() prometheus.Collector {
	describe := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }
	return &metrics{
		writer:       db.writer,
		writes:       describe("sqlite_writes_total", "Writes in committed transactions."),
		transactions: describe("sqlite_transactions_total", "Committed transactions; each is one sync for all of its writes."),
		waiting:      describe("sqlite_waiting_writes", "Writes that wait for the transaction before theirs."),
	}
}

type metrics struct {
	writer                        *writer
	writes, transactions, waiting *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) {
	to <- m.writes
	to <- m.transactions
	to <- m.waiting
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(m.writes, prometheus.CounterValue, float64(m.writer.writes.Load()))
	to <- prometheus.MustNewConstMetric(m.transactions, prometheus.CounterValue, float64(m.writer.batches.Load()))
	to <- prometheus.MustNewConstMetric(m.waiting, prometheus.GaugeValue, float64(len(m.writer.queue)))
}
