// Package tracestore keeps the latest spans of a platform in memory and answers questions about them in the words of
// Zipkin's API, version 2 (https://zipkin.io/zipkin-api), as far as anybody here asks any. It stands in where no Zipkin is.
//
// Adding has to cost next to nothing, since the spans of every request of a busy process end here; asking may take some
// milliseconds. So a span is written once, into a plain buffer, and found again by reading the buffers: there is no index
// to keep up, and nothing in it for the garbage collector to follow.
package tracestore

import (
	"slices"
	"sync"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/prometheus/client_golang/prometheus"
)

// DefaultMaxSpans is how many spans are kept where Options says nothing.
const DefaultMaxSpans = 50_000

const (
	meanSize    = 1 << 10 // bytes; the spans of a store may not be larger than this on average, so that memory is bounded too
	maxSegments = 32      // what is evicted at once is so small a part of all
)

// Options describe a store. The zero value is a store of the default size without metrics.
type Options struct {
	MaxSpans   int                   // kept at most; 0: DefaultMaxSpans
	Registerer prometheus.Registerer // gets the metrics of the store; nil: nobody does
	Clock      func() time.Time      // the end of a search that names none; nil: time.Now
}

// Store keeps spans. It is safe for concurrent use. Create it with New; there is nothing to end.
//
// The oldest traces go first, and as a whole: once a span of a trace is evicted, the rest of it is not shown any more.
// This holds for traces whose spans all come while no more than MaxSpans others do.
type Store struct {
	maxSpans int
	clock    func() time.Time

	mu       sync.Mutex
	segments []*segment // the oldest first; the last one grows
	gone     []gone     // the oldest first
	opened   int        // segments so far
	spans    int        // in all segments
	bytes    int        // in all segments
	evicted  int        // spans so far
	readers  int        // of views
	spare    *segment   // an evicted one, whose memory the next one takes; nil: none
	words    words      // of the segment that grows
}

// New returns an empty store. It panics where the metrics are registered already.
func New(o Options) *Store {
	if o.MaxSpans == 0 {
		o.MaxSpans = DefaultMaxSpans
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Store{maxSpans: o.MaxSpans, clock: o.Clock}
	if o.Registerer != nil {
		s.register(o.Registerer)
	}
	return s
}

func (s *Store) register(r prometheus.Registerer) {
	read := func(n *int) func() float64 {
		return func() float64 {
			s.mu.Lock()
			defer s.mu.Unlock()
			return float64(*n)
		}
	}
	r.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "myevents_trace_store_spans", Help: "Spans in memory.",
		}, read(&s.spans)),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "myevents_trace_store_evicted_spans_total", Help: "Spans that had to make room for newer ones.",
		}, read(&s.evicted)),
	)
}

// Add copies the spans, which stay the caller's. Their names are kept as they are and shown in lower case, as Zipkin does.
func (s *Store) Add(spans []model.SpanModel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range spans {
		for s.spans >= s.maxSpans || s.bytes >= s.maxSpans*meanSize {
			s.evict()
		}
		s.bytes += s.growing().add(&spans[i], &s.words)
		s.spans++
	}
}

// growing returns the segment with room for a span.
func (s *Store) growing() *segment {
	if n := len(s.segments); n > 0 && !s.full(s.segments[n-1]) {
		return s.segments[n-1]
	}
	opened := &segment{number: s.opened}
	if s.spare != nil {
		opened.entries, opened.data = s.spare.entries[:0], s.spare.data[:0]
		s.spare = nil
	}
	s.opened++
	clear(s.words[:])
	s.segments = append(s.segments, opened)
	return opened
}

func (s *Store) full(g *segment) bool {
	most := (s.maxSpans + maxSegments - 1) / maxSegments
	return len(g.entries) >= most || len(g.data) >= most*meanSize
}

// evict takes the oldest segment away.
func (s *Store) evict() {
	oldest := s.segments[0]
	s.segments = slices.Delete(s.segments, 0, 1)
	s.spans -= len(oldest.entries)
	s.bytes -= len(oldest.data)
	s.evicted += len(oldest.entries)
	s.gone = append(s.gone, gone{traces: oldest.traces(), until: s.opened - 1})
	for len(s.gone) > 0 && (len(s.segments) == 0 || s.gone[0].until < s.segments[0].number) {
		s.gone = slices.Delete(s.gone, 0, 1)
	}
	if s.readers == 0 { // otherwise one may still be in it
		s.spare = oldest
	}
}

// gone are the traces of an evicted segment. They matter until the last segment is evicted that may hold a rest of them.
type gone struct {
	traces []model.TraceID
	until  int // number of that segment
}
