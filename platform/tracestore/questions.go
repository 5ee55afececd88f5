package tracestore

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openzipkin/zipkin-go/model"

	"github.com/myevents/myevents/platform/fault"
)

// What a question means that does not say, as in Zipkin.
const (
	defaultLookback = 24 * time.Hour
	defaultLimit    = 10
)

// greatest number in a question: a thousand times as much can still be counted.
const greatest = 1 << 50

func (s *Store) search(r *http.Request) (any, error) {
	q, err := s.parseQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	answer := [][]wireSpan{}
	s.read(func(v view) {
		for _, spans := range v.search(q) {
			answer = append(answer, encodeSpans(spans))
		}
	})
	return answer, nil
}

func (s *Store) parseQuery(values url.Values) (query, error) {
	q := query{
		service:       strings.ToLower(values.Get("serviceName")),
		remoteService: strings.ToLower(values.Get("remoteServiceName")),
		span:          strings.ToLower(values.Get("spanName")),
		annotations:   parseAnnotations(values.Get("annotationQuery")),
	}
	if q.span == "all" { // what Zipkin's page sends for any
		q.span = ""
	}
	n := numbers{values: values}
	q.window = s.window(&n)
	q.limit = int(n.positive("limit", defaultLimit))
	q.min = time.Duration(n.positive("minDuration", 0)) * time.Microsecond
	q.max = time.Duration(n.positive("maxDuration", 0)) * time.Microsecond
	switch {
	case n.err != nil:
		return q, n.err
	case q.max != 0 && q.min == 0:
		return q, fault.InvalidField("maxDuration", "needs minDuration")
	case q.max != 0 && q.max < q.min:
		return q, fault.InvalidField("maxDuration", "must not be less than minDuration")
	}
	return q, nil
}

func (s *Store) window(n *numbers) window {
	return lookback(n.positive("endTs", s.clock().UnixMilli()), n.positive("lookback", defaultLookback.Milliseconds()))
}

// numbers reads numbers of a query, and keeps the first error.
type numbers struct {
	values url.Values
	err    error
}

// positive returns a number above 0, or the default where none is given.
func (n *numbers) positive(name string, otherwise int64) int64 {
	text := n.values.Get(name)
	if text == "" {
		return otherwise
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if (err != nil || number < 1 || number > greatest) && n.err == nil {
		n.err = fault.InvalidField(name, "must be a whole number from 1 to "+strconv.Itoa(greatest))
	}
	return number
}

func (s *Store) trace(r *http.Request) (any, error) {
	id, err := parseTraceID("traceId", r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var spans []model.SpanModel
	s.read(func(v view) {
		t := v.trace(id)
		spans = v.spans(&t)
	})
	if len(spans) == 0 {
		return nil, fault.Missing("trace")
	}
	return encodeSpans(spans), nil
}

func (s *Store) traceMany(r *http.Request) (any, error) {
	var ids []model.TraceID
	for text := range strings.SplitSeq(r.URL.Query().Get("traceIds"), ",") {
		id, err := parseTraceID("traceIds", text)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids, id) {
			return nil, fault.InvalidField("traceIds", "must not name a trace twice")
		}
		ids = append(ids, id)
	}
	if len(ids) < 2 {
		return nil, fault.InvalidField("traceIds", "must be two ids or more, separated by commas")
	}
	answer := [][]wireSpan{}
	s.read(func(v view) {
		for _, id := range ids {
			if t := v.trace(id); len(t.spans) > 0 {
				answer = append(answer, encodeSpans(v.spans(&t)))
			}
		}
	})
	return answer, nil
}

func (s *Store) services(*http.Request) (any, error) {
	return s.names(func(span *model.SpanModel) string { return service(span.LocalEndpoint) }), nil
}

func (s *Store) spanNames(r *http.Request) (any, error) {
	return s.namesOf(r, func(span *model.SpanModel) string { return span.Name })
}

func (s *Store) remoteServices(r *http.Request) (any, error) {
	return s.namesOf(r, func(span *model.SpanModel) string { return service(span.RemoteEndpoint) })
}

// namesOf returns names in the spans of the service that the request names.
func (s *Store) namesOf(r *http.Request, name func(*model.SpanModel) string) (any, error) {
	values := r.URL.Query()
	if !values.Has("serviceName") {
		return nil, fault.InvalidField("serviceName", "is required")
	}
	wanted := strings.ToLower(values.Get("serviceName"))
	return s.names(func(span *model.SpanModel) string {
		if service(span.LocalEndpoint) != wanted {
			return ""
		}
		return name(span)
	}), nil
}

// names returns what name finds in any span, sorted, without the empty.
func (s *Store) names(name func(*model.SpanModel) string) []string {
	found := map[string]bool{}
	s.read(func(v view) {
		for _, t := range v.traces() {
			for _, at := range t.spans {
				span := v.segments[at.segment].span(at.index)
				found[name(&span)] = true
			}
		}
	})
	delete(found, "")
	list := slices.AppendSeq([]string{}, maps.Keys(found)) // never nil, which JSON would show as null
	slices.Sort(list)
	return list
}

func (s *Store) dependencies(r *http.Request) (any, error) {
	values := r.URL.Query()
	if !values.Has("endTs") {
		return nil, fault.InvalidField("endTs", "is required")
	}
	n := numbers{values: values}
	w := s.window(&n)
	if n.err != nil {
		return nil, n.err
	}
	var answer []Link
	s.read(func(v view) { answer = v.dependencies(w) })
	return answer, nil
}
