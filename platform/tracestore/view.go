package tracestore

import (
	"cmp"
	"slices"

	"github.com/openzipkin/zipkin-go/model"
)

// view is what a store held at one moment.
type view struct {
	segments []*reader
	gone     [][]model.TraceID
}

// read calls fn with what the store holds now. Meanwhile spans can be added: only the start waits for the lock.
func (s *Store) read(fn func(view)) {
	v := s.open()
	defer s.close()
	fn(v)
}

func (s *Store) open() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers++
	v := view{segments: make([]*reader, len(s.segments)), gone: make([][]model.TraceID, len(s.gone))}
	for i, g := range s.segments {
		v.segments[i] = newReader(*g)
	}
	for i, g := range s.gone {
		v.gone[i] = g.traces
	}
	return v
}

func (s *Store) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers--
}

// trace is where the spans of a trace are.
type trace struct {
	id    model.TraceID
	spans []address
}

type address struct{ segment, index int }

// trace returns the trace with the id, without spans where it is not known.
func (v view) trace(id model.TraceID) trace {
	t := trace{id: id}
	for _, ids := range v.gone {
		if slices.Contains(ids, id) {
			return t
		}
	}
	v.each(func(e entry, at address) {
		if e.trace == id {
			t.spans = append(t.spans, at)
		}
	})
	return t
}

// traces returns all traces, in the order of their first spans.
func (v view) traces() []*trace {
	known := map[model.TraceID]*trace{}
	for _, ids := range v.gone {
		for _, id := range ids {
			known[id] = nil
		}
	}
	var all []*trace
	v.each(func(e entry, at address) {
		t, seen := known[e.trace]
		if !seen {
			t = &trace{id: e.trace}
			known[e.trace] = t
			all = append(all, t)
		}
		if t != nil {
			t.spans = append(t.spans, at)
		}
	})
	return all
}

func (v view) each(fn func(e entry, at address)) {
	for i := range v.segments {
		for j, e := range v.segments[i].entries {
			fn(e, address{i, j})
		}
	}
}

// spans decodes a trace.
func (v view) spans(t *trace) []model.SpanModel {
	spans := make([]model.SpanModel, len(t.spans))
	for i, at := range t.spans {
		spans[i] = v.segments[at.segment].span(at.index)
	}
	return spans
}

// between returns those of the traces that have a span that began in the window, the latest first.
func (v view) between(traces []*trace, w window) []*trace {
	latest := make(map[*trace]int64, len(traces))
	found := slices.DeleteFunc(traces, func(t *trace) bool {
		newest := int64(-1)
		for _, at := range t.spans {
			if start := v.segments[at.segment].entries[at.index].start; w.holds(start) {
				newest = max(newest, start)
			}
		}
		latest[t] = newest
		return newest < 0
	})
	slices.SortStableFunc(found, func(a, b *trace) int { return cmp.Compare(latest[b], latest[a]) })
	return found
}

// search returns the traces that the query asks for, the latest first.
func (v view) search(q query) [][]model.SpanModel {
	found := [][]model.SpanModel{}
	for _, t := range v.between(v.traces(), q.window) {
		if len(found) == q.limit {
			break
		}
		if spans := v.spans(t); q.matches(spans) {
			found = append(found, spans)
		}
	}
	return found
}
