package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/openzipkin/zipkin-go/model"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
)

// maxAnswer is how much of an answer about traces is read, in bytes. A hundred long traces are less.
const maxAnswer = 64 << 20

type traces struct {
	zipkin *Peer // nil: nobody can be asked
}

type searchInput struct {
	ServiceName       string `query:"service_name" maxLength:"100" doc:"A service that took part; what follows is then about its spans"`
	RemoteServiceName string `query:"remote_service_name" maxLength:"100" doc:"The other side of one of the spans"`
	SpanName          string `query:"span_name" maxLength:"300" doc:"Of one of the spans"`
	AnnotationQuery   string `query:"annotation_query" maxLength:"1000" doc:"Tags and events, joined by ' and '" example:"error and http.route=/api/v1/events"` //nolint:lll // a tag is one line
	MinDuration       int64  `query:"min_duration" minimum:"1" maximum:"1000000000000" doc:"A span took at least so many microseconds"`
	MaxDuration       int64  `query:"max_duration" minimum:"1" maximum:"1000000000000" doc:"And that one at most so many; needs min_duration"`
	EndTS             int64  `query:"end_ts" minimum:"1" maximum:"1000000000000000" doc:"Begun at the latest then, in Unix ms; default: now"`
	Lookback          int64  `query:"lookback" minimum:"1" maximum:"1000000000000000" doc:"And at most so many ms before; default: a day"`
	Limit             int    `query:"limit" minimum:"1" maximum:"100" default:"10" doc:"Traces at most"`
}

// zipkins returns the search in Zipkin's words.
func (in *searchInput) zipkins() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{
		"serviceName": in.ServiceName, "remoteServiceName": in.RemoteServiceName, "spanName": in.SpanName,
		"annotationQuery": in.AnnotationQuery, "minDuration": number(in.MinDuration), "maxDuration": number(in.MaxDuration),
		"endTs": number(in.EndTS), "lookback": number(in.Lookback), "limit": strconv.Itoa(in.Limit),
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// number returns the number as text; empty where it was not given.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

type listOutput struct {
	Body httpserver.Page[TraceSummary]
}

func (t *traces) list(ctx context.Context, in *searchInput) (*listOutput, error) {
	if in.MaxDuration != 0 && in.MaxDuration < max(in.MinDuration, 1) {
		return nil, fault.InvalidField("max_duration", "must not be less than min_duration")
	}
	if in.MaxDuration != 0 && in.MinDuration == 0 {
		return nil, fault.InvalidField("max_duration", "needs min_duration")
	}
	var found [][]model.SpanModel
	if err := t.ask(ctx, "/api/v2/traces?"+in.zipkins().Encode(), &found); err != nil {
		return nil, err
	}
	out := &listOutput{}
	for _, spans := range found {
		if len(spans) > 0 {
			out.Body.Items = append(out.Body.Items, summarize(spans))
		}
	}
	return out, nil
}

type traceInput struct {
	ID string `path:"id" pattern:"^[0-9a-f]{1,32}$" patternDescription:"lower-case hex" doc:"As the header Trace-Id names it"`
}

type traceOutput struct {
	Body Trace
}

func (t *traces) get(ctx context.Context, in *traceInput) (*traceOutput, error) {
	var spans []model.SpanModel
	if err := t.ask(ctx, "/api/v2/trace/"+in.ID, &spans); err != nil {
		return nil, err
	}
	if len(spans) == 0 {
		return nil, fault.Missing("trace")
	}
	return &traceOutput{Body: view(spans)}, nil
}

func (t *traces) ask(ctx context.Context, path string, into any) error {
	if t.zipkin == nil {
		return fault.New(fault.Unavailable, "traces-not-kept",
			"The traces of this platform are kept where the gateway cannot ask. Set ZIPKIN_URL if that is a Zipkin.")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.zipkin.URL+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask for traces: %w", err)
	}
	answer, err := t.zipkin.Client.Do(r)
	if err != nil {
		return fault.Away("trace store", err)
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return fault.Missing("trace")
	case http.StatusBadRequest:
		return fault.InvalidField("query", "must be one that Zipkin accepts")
	default:
		return fault.Away("trace store", fmt.Errorf("it answered %s", answer.Status))
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(into); err != nil {
		return fault.Away("trace store", fmt.Errorf("read its answer: %w", err))
	}
	return nil
}
