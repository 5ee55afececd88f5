package operator

import (
	"maps"
	"slices"
	"time"

	"github.com/openzipkin/zipkin-go/model"
)

// TraceSummary says what a trace is about.
type TraceSummary struct {
	TraceID    string    `json:"trace_id" example:"4bf92f3577b34da6a3ce929d0e0e4736"`
	Name       string    `json:"name" doc:"Of the span that began it" example:"post /api/v1/events/{id}/bookings"`
	StartedAt  time.Time `json:"started_at"`
	DurationUS int64     `json:"duration_us" doc:"From the begin of the first span to the end of the last, in microseconds" example:"4200"`
	Services   []string  `json:"services" nullable:"false" doc:"That took part, in alphabetical order"`
	SpanCount  int       `json:"span_count"`
	ErrorCount int       `json:"error_count" doc:"Spans that failed"`
}

// Trace is one request with everything it caused.
type Trace struct {
	TraceSummary
	Spans []Span `json:"spans" nullable:"false" doc:"In the order in which they began"`
}

// Span is one step of a trace.
type Span struct {
	ID            string            `json:"id" example:"00f067aa0ba902b7"`
	ParentID      string            `json:"parent_id,omitempty" doc:"The span that caused it; absent in the first"`
	Service       string            `json:"service" example:"booking"`
	Name          string            `json:"name" example:"publish booking.confirmed"`
	Kind          string            `json:"kind,omitempty" enum:"CLIENT,SERVER,PRODUCER,CONSUMER" doc:"Absent in a span within a service"`
	RemoteService string            `json:"remote_service,omitempty" doc:"The other side"`
	StartedAt     time.Time         `json:"started_at"`
	DurationUS    int64             `json:"duration_us" doc:"In microseconds"`
	Failed        bool              `json:"failed"`
	Tags          map[string]string `json:"tags" nullable:"false"`
	Events        []SpanEvent       `json:"events,omitempty" nullable:"false"`
}

// SpanEvent is something that happened during a span.
type SpanEvent struct {
	At   time.Time `json:"at"`
	Name string    `json:"name" example:"retry"`
}

// summarize returns what a trace, which has spans, is about.
func summarize(spans []model.SpanModel) TraceSummary {
	first, root := firstOf(spans), rootOf(spans)
	end, failures, services := first.Timestamp, 0, map[string]bool{}
	for i := range spans {
		if e := spans[i].Timestamp.Add(spans[i].Duration); e.After(end) {
			end = e
		}
		if _, failed := spans[i].Tags["error"]; failed {
			failures++
		}
		services[service(spans[i].LocalEndpoint)] = true
	}
	delete(services, "")
	return TraceSummary{
		TraceID: root.TraceID.String(), Name: root.Name, StartedAt: first.Timestamp.UTC(), DurationUS: end.Sub(first.Timestamp).Microseconds(),
		Services: slices.Sorted(maps.Keys(services)), SpanCount: len(spans), ErrorCount: failures,
	}
}

// rootOf returns the span that caused the others or, where the caller's span is not here, the first of them.
func rootOf(spans []model.SpanModel) *model.SpanModel {
	for i := range spans {
		if spans[i].ParentID == nil {
			return &spans[i]
		}
	}
	return firstOf(spans)
}

func firstOf(spans []model.SpanModel) *model.SpanModel {
	found := &spans[0]
	for i := range spans {
		if spans[i].Timestamp.Before(found.Timestamp) {
			found = &spans[i]
		}
	}
	return found
}

func view(spans []model.SpanModel) Trace {
	t := Trace{TraceSummary: summarize(spans), Spans: make([]Span, len(spans))}
	slices.SortStableFunc(spans, func(a, b model.SpanModel) int { return a.Timestamp.Compare(b.Timestamp) })
	for i := range spans {
		t.Spans[i] = viewSpan(&spans[i])
	}
	return t
}

func viewSpan(s *model.SpanModel) Span {
	v := Span{
		ID: s.ID.String(), Service: service(s.LocalEndpoint), Name: s.Name, Kind: string(s.Kind), RemoteService: service(s.RemoteEndpoint),
		StartedAt: s.Timestamp.UTC(), DurationUS: s.Duration.Microseconds(), Tags: s.Tags,
	}
	_, v.Failed = s.Tags["error"]
	if s.ParentID != nil {
		v.ParentID = s.ParentID.String()
	}
	if v.Tags == nil {
		v.Tags = map[string]string{}
	}
	for _, a := range s.Annotations {
		v.Events = append(v.Events, SpanEvent{At: a.Timestamp.UTC(), Name: a.Value})
	}
	return v
}

func service(e *model.Endpoint) string {
	if e == nil {
		return ""
	}
	return e.ServiceName
}
