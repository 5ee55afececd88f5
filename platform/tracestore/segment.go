package tracestore

import "github.com/openzipkin/zipkin-go/model"

// segment is a run of spans in the order they came. It only grows: what is in it once can be read without the lock.
type segment struct {
	number  int // of the segments of a store, in order
	entries []entry
	data    []byte // the records of the entries, one after the other
}

// entry is what most questions need to know of a span.
type entry struct {
	trace model.TraceID
	start int64 // microseconds since 1970; 0: unknown
	end   int   // of its record in data
}

// add appends the span and returns the size of its record. The words are those of this segment.
func (g *segment) add(s *model.SpanModel, w *words) int {
	before := len(g.data)
	g.data = w.appendRecord(g.data, s)
	g.entries = append(g.entries, entry{trace: s.TraceID, start: micros(s.Timestamp), end: len(g.data)})
	return len(g.data) - before
}

// traces returns the ids in the segment. The spans of a trace often come in a row, which is worth one id only.
func (g *segment) traces() []model.TraceID {
	ids := make([]model.TraceID, 0, len(g.entries))
	for _, e := range g.entries {
		if n := len(ids); n == 0 || ids[n-1] != e.trace {
			ids = append(ids, e.trace)
		}
	}
	return ids
}
