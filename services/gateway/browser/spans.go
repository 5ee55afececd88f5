package browser

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/telemetry"
)

// SpanReport is what the page tells of its part in traces.
type SpanReport struct {
	Spans []BrowserSpan `json:"spans" nullable:"false" minItems:"1" maxItems:"50"`
}

// BrowserSpan is a span that has ended in the page. Times are in microseconds.
type BrowserSpan struct {
	TraceID    string            `json:"trace_id" pattern:"^[0-9a-f]{32}$" patternDescription:"32 lower-case hex digits"`
	SpanID     string            `json:"span_id" pattern:"^[0-9a-f]{16}$" patternDescription:"16 lower-case hex digits"`
	ParentID   string            `json:"parent_span_id,omitempty" pattern:"^[0-9a-f]{16}$" patternDescription:"16 lower-case hex digits" doc:"Absent where the trace begins"` //nolint:lll // a tag is one line
	Name       string            `json:"name" minLength:"1" maxLength:"100" example:"click Book"`
	Kind       string            `json:"kind,omitempty" enum:"internal,client" default:"internal" doc:"client: a call to the API"`
	StartedAt  int64             `json:"started_at_us" minimum:"0" doc:"Since 1970; at most ten minutes from now"`
	DurationUS int64             `json:"duration_us" minimum:"0" maximum:"600000000"`
	Tags       map[string]string `json:"tags,omitempty" maxProperties:"10" doc:"By names of the OpenTelemetry conventions; see docs/web.md"`
	Error      string            `json:"error,omitempty" maxLength:"300" doc:"What failed"`
}

// clockSkew is how far from now a span may have begun: pages report within seconds, but their clocks are somebody else's.
const clockSkew = 10 * time.Minute

// maxTag is the length of a tag's longest value.
const maxTag = 300

// tags are the names a page may use. Others are refused: a stranger must not be able to fill the trace store with names of its
// own, nor to pass for a service.
func tags() []string {
	return []string{
		"browser.language", "browser.mobile", "error.type", "http.request.method", "http.request.resend_count",
		"http.response.status_code", "http.route", "network.protocol.name", "server.address", "server.port", "url.path", "url.template",
	}
}

type reports struct {
	to      *telemetry.Elsewhere // nil: spans are not taken
	clock   func() time.Time
	counted func(outcome string, n int)
}

func (s *reports) take(_ context.Context, in *struct{ Body SpanReport }) (*struct{}, error) {
	if s.to == nil {
		return nil, fault.New(fault.NotFound, "spans-not-taken", "This platform does not take spans from pages.")
	}
	told, err := s.read(in.Body.Spans)
	if err != nil {
		s.counted(OutcomeRefused, len(in.Body.Spans))
		return nil, err
	}
	for _, span := range told {
		s.to.Tell(span)
	}
	s.counted(OutcomeAccepted, len(told))
	return nil, nil
}

// What becomes of the spans of a report.
const (
	OutcomeAccepted = "accepted"
	OutcomeRefused  = "refused"
)

func (s *reports) read(spans []BrowserSpan) ([]telemetry.SpanElsewhere, error) {
	var (
		now    = s.clock()
		told   = make([]telemetry.SpanElsewhere, 0, len(spans))
		broken []fault.Field
	)
	for i := range spans {
		span, field, rule := spans[i].read(now)
		if rule != "" {
			broken = append(broken, fault.Field{Field: fmt.Sprintf("spans[%d].%s", i, field), Rule: rule})
		}
		told = append(told, span)
	}
	if broken != nil {
		return nil, fault.InvalidFields(broken...)
	}
	return told, nil
}

// read returns the span, or the first field that breaks a rule and the rule.
func (b *BrowserSpan) read(now time.Time) (s telemetry.SpanElsewhere, field, rule string) {
	var err error
	if s.TraceID, err = trace.TraceIDFromHex(b.TraceID); err != nil {
		return s, "trace_id", "must not be all zeros"
	}
	if s.SpanID, err = trace.SpanIDFromHex(b.SpanID); err != nil {
		return s, "span_id", "must not be all zeros"
	}
	if b.ParentID != "" {
		if s.ParentID, err = trace.SpanIDFromHex(b.ParentID); err != nil || s.ParentID == s.SpanID {
			return s, "parent_span_id", "must be another span's, and not all zeros"
		}
	}
	s.Start = time.UnixMicro(b.StartedAt)
	if ago := now.Sub(s.Start); ago > clockSkew || ago < -clockSkew {
		return s, "started_at_us", fmt.Sprintf("must be within %s of now", clockSkew)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Tags)) { // of two bad ones always the same is named
		value := b.Tags[name]
		if !slices.Contains(tags(), name) {
			return s, "tags", "must be among " + strings.Join(tags(), ", ")
		}
		if len(value) > maxTag {
			return s, "tags." + name, fmt.Sprintf("must be at most %d bytes long", maxTag)
		}
	}
	s.End = s.Start.Add(time.Duration(b.DurationUS) * time.Microsecond)
	s.Name, s.Client, s.Tags, s.Error = b.Name, b.Kind == "client", b.Tags, b.Error
	return s, "", ""
}
