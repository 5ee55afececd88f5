package tracestore

import (
	"strings"
	"time"

	"github.com/openzipkin/zipkin-go/model"
)

// window is a stretch of time, both ends included, in microseconds since 1970.
type window struct{ from, to int64 }

// lookback returns the window that ends at a time in milliseconds, as Zipkin's clients give it.
func lookback(end, length int64) window {
	return window{from: (end - length) * 1000, to: end * 1000}
}

func (w window) holds(start int64) bool { return w.from <= start && start <= w.to }

// query is what a trace must have to be found. Conditions that are not set are met.
type query struct {
	window
	limit         int
	service       string            // one of the spans is of this service; the conditions below are about spans of this service
	remoteService string            // one calls, or is called by, this service
	span          string            // one has this name
	annotations   map[string]string // each of these tags is on some span, or with an empty value the tag or annotation
	min, max      time.Duration     // one took that long; 0: however short or long
}

// parseAnnotations reads Zipkin's annotationQuery, such as "error and http.route=/api": of two values for a key the last
// one counts, and a value more than none.
func parseAnnotations(text string) map[string]string {
	wanted := map[string]string{}
	if text == "" {
		return wanted
	}
	for condition := range strings.SplitSeq(text, " and ") {
		key, value, isTag := strings.Cut(condition, "=")
		key = strings.TrimSpace(key)
		if _, given := wanted[key]; isTag || !given {
			wanted[key] = strings.TrimSpace(value)
		}
	}
	return wanted
}

// matches reports whether the trace is one that the query asks for.
func (q query) matches(spans []model.SpanModel) bool {
	if start := begin(spans); start == 0 || !q.holds(start) {
		return false
	}
	unmet := q.conditions()
	for i := range spans {
		s := &spans[i]
		if q.service != "" && q.service != service(s.LocalEndpoint) {
			continue
		}
		for name, meets := range unmet {
			if meets(s) {
				delete(unmet, name)
			}
		}
	}
	return len(unmet) == 0
}

// begin returns when the trace began: with its root or, where that is not known, with its first span.
func begin(spans []model.SpanModel) int64 {
	first := int64(0)
	for i := range spans {
		start := micros(spans[i].Timestamp)
		if start != 0 && spans[i].ParentID == nil {
			return start
		}
		if start != 0 && (first == 0 || start < first) {
			first = start
		}
	}
	return first
}

// conditions returns what some span has to meet. Each may be met by another one.
func (q query) conditions() map[string]func(*model.SpanModel) bool {
	all := map[string]func(*model.SpanModel) bool{}
	if q.service != "" {
		all["service"] = func(*model.SpanModel) bool { return true }
	}
	if q.remoteService != "" {
		all["remote service"] = func(s *model.SpanModel) bool { return service(s.RemoteEndpoint) == q.remoteService }
	}
	if q.span != "" {
		all["span"] = func(s *model.SpanModel) bool { return s.Name == q.span }
	}
	if q.min != 0 {
		all["duration"] = func(s *model.SpanModel) bool { return s.Duration >= q.min && (q.max == 0 || s.Duration <= q.max) }
	}
	for key, value := range q.annotations {
		all["annotation "+key] = func(s *model.SpanModel) bool { return annotated(s, key, value) }
	}
	return all
}

func annotated(s *model.SpanModel, key, value string) bool {
	if tag, present := s.Tags[key]; present && (value == "" || tag == value) {
		return true
	}
	for i := range s.Annotations {
		if value == "" && s.Annotations[i].Value == key {
			return true
		}
	}
	return false
}

func service(e *model.Endpoint) string {
	if e == nil {
		return ""
	}
	return e.ServiceName
}
