package telemetry

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// durationBuckets are the upper bounds of the classic buckets, in seconds. They are few because each is a series for
// every route and status; the native histogram is the precise one.
func durationBuckets() []float64 {
	return []float64{.001, .005, .025, .1, .25, 1, 5}
}

// newHistogram has classic buckets for everybody and a native one for servers that read it.
func newHistogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help,
		Buckets:                        buckets,
		NativeHistogramBucketFactor:    1.1,
		NativeHistogramMaxBucketNumber: 100,
	}, labels)
}

// durations is a histogram with three labels whose series are found without building label sets.
type durations struct {
	*prometheus.HistogramVec
	series *cache[[3]string, *series]
}

func newDurations(name, help, first, second, third string) *durations {
	buckets := durationBuckets()
	vector := newHistogram(name, help, buckets, first, second, third)
	return &durations{vector, newCache(func(labels [3]string) *series {
		return newSeries(vector.WithLabelValues(labels[:]...), buckets)
	})}
}

// observe adds what took from start to end to the series with these label values.
func (d *durations) observe(start, end time.Time, span trace.SpanContext, first, second, third string) {
	d.series.get([3]string{first, second, third}).observe(start, end, span)
}

// exemplarPause is how long an exemplar stays before the next one of its bucket replaces it. An exemplar costs 17 times a
// plain observation, and a scrape sees the last one only.
const exemplarPause = 10 * time.Millisecond

// series is one child of a histogram.
type series struct {
	histogram prometheus.Observer
	buckets   []float64
	exemplars []atomic.Int64 // a bucket: when it got its exemplar, in Unix nanoseconds
}

func newSeries(histogram prometheus.Observer, buckets []float64) *series {
	return &series{histogram: histogram, buckets: buckets, exemplars: make([]atomic.Int64, len(buckets)+1)}
}

// observe adds an exemplar only for a sampled span: a trace id that leads to no trace helps nobody.
func (s *series) observe(start, end time.Time, span trace.SpanContext) {
	seconds := end.Sub(start).Seconds()
	if !span.IsSampled() || !s.wantsExemplar(seconds, end.UnixNano()) {
		s.histogram.Observe(seconds)
		return
	}
	labels := prometheus.Labels{"trace_id": span.TraceID().String()}
	s.histogram.(prometheus.ExemplarObserver).ObserveWithExemplar(seconds, labels)
}

// wantsExemplar claims the bucket's next exemplar; of several at once, one gets it.
func (s *series) wantsExemplar(seconds float64, now int64) bool {
	bucket, _ := slices.BinarySearch(s.buckets, seconds)
	last := s.exemplars[bucket].Load()
	return now-last >= int64(exemplarPause) && s.exemplars[bucket].CompareAndSwap(last, now)
}

// cache is a map that is read with every request and grows a few times. It is copied to grow, so that readers take no
// lock; it never shrinks, so the keys must come from a bounded set.
type cache[K comparable, V any] struct {
	entries atomic.Pointer[map[K]V]
	growing sync.Mutex
	create  func(K) V
}

func newCache[K comparable, V any](create func(K) V) *cache[K, V] {
	c := &cache[K, V]{create: create}
	c.entries.Store(&map[K]V{})
	return c
}

func (c *cache[K, V]) get(key K) V {
	if v, ok := (*c.entries.Load())[key]; ok {
		return v
	}
	return c.grow(key)
}

func (c *cache[K, V]) grow(key K) V {
	c.growing.Lock()
	defer c.growing.Unlock()
	if v, ok := (*c.entries.Load())[key]; ok {
		return v
	}
	grown := maps.Clone(*c.entries.Load())
	v := c.create(key)
	grown[key] = v
	c.entries.Store(&grown)
	return v
}
