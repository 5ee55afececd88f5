package pagecache

import "github.com/prometheus/client_golang/prometheus"

// metrics are those of a cache, looked up when they are asked for.
type metrics struct {
	pages    *Cache
	requests *prometheus.Desc
	age      *prometheus.Desc
	held     *prometheus.Desc
	bytes    *prometheus.Desc
}

// Metrics returns the metrics of the cache, to be registered.
func Metrics(pages *Cache) prometheus.Collector {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &metrics{
		pages: pages,
		requests: describe("page_cache_requests_total",
			"Requests for a list: hit: answered from memory, miss: a page was made, shared: waited for one being made.", "result"),
		age:   describe("page_cache_hit_age_seconds_total", "Age of the pages at their hits, summed up; by the hits it is the mean."),
		held:  describe("page_cache_pages", "Pages in memory."),
		bytes: describe("page_cache_bytes", "Memory the pages take."),
	}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.requests, m.age, m.held, m.bytes} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	s := m.pages.Stats()
	requests := func(result string, n uint64) {
		to <- prometheus.MustNewConstMetric(m.requests, prometheus.CounterValue, float64(n), result)
	}
	requests("hit", s.Hits)
	requests("shared", s.Shared)
	requests("miss", s.Misses)
	to <- prometheus.MustNewConstMetric(m.age, prometheus.CounterValue, s.Age.Seconds())
	to <- prometheus.MustNewConstMetric(m.held, prometheus.GaugeValue, float64(s.Pages))
	to <- prometheus.MustNewConstMetric(m.bytes, prometheus.GaugeValue, float64(s.Bytes))
}
