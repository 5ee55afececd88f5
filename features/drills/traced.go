package drills

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openzipkin/zipkin-go/model"
)

// trace is its spans, as far as they have arrived.
type trace = []model.SpanModel

// sees expects a span, begun after the fault, that is striking and is the one that is meant. Where there is none, it tells what
// else is striking.
func (d *drill) sees(ctx context.Context, meant, striking func(model.SpanModel, trace) bool) error {
	return poll(ctx, evidenceTime, func(ctx context.Context) error {
		traces, err := d.processes.Traces().Recent(ctx)
		if err != nil {
			return err
		}
		var others []string
		for _, all := range traces {
			for _, s := range all {
				switch {
				case s.Timestamp.Before(d.fault) || !striking(s, all):
				case meant(s, all):
					return nil
				default:
					others = append(others, s.LocalEndpoint.ServiceName+": "+s.Name)
				}
			}
		}
		slices.Sort(others)
		return fmt.Errorf("there is no such span in %d traces, but %q", len(traces), slices.Compact(others))
	})
}

// span means one of that name, which Zipkin keeps in small letters; where version is not empty, of the service's new version.
func span(version, service, name string) func(model.SpanModel, trace) bool {
	return func(s model.SpanModel, _ trace) bool {
		return s.LocalEndpoint.ServiceName == service && strings.EqualFold(s.Name, name) &&
			(version == "" || s.Tags["service.version"] == newVersion)
	}
}

func failing(s model.SpanModel, _ trace) bool {
	_, failed := s.Tags["error"]
	return failed
}

// taking is striking where a span took so long.
func taking(length time.Duration) func(model.SpanModel, trace) bool {
	return func(s model.SpanModel, _ trace) bool { return s.Duration >= length }
}

// answering is striking where a server has given the answer.
func answering(status string) func(model.SpanModel, trace) bool {
	return func(s model.SpanModel, _ trace) bool {
		return s.Kind == model.Server && s.Tags["http.response.status_code"] == status
	}
}

// late is striking where a server has begun so long after whoever called it did.
func late(by time.Duration) func(model.SpanModel, trace) bool {
	return func(s model.SpanModel, all trace) bool {
		return s.Kind == model.Server && s.ParentID != nil && slices.ContainsFunc(all, func(caller model.SpanModel) bool {
			return caller.ID == *s.ParentID && s.Timestamp.Sub(caller.Timestamp) >= by
		})
	}
}

// noTraceCrosses expects that the new version of the service has served no request of any trace.
func (d *drill) noTraceCrosses(ctx context.Context, service string) error {
	traces, err := d.processes.Traces().Recent(ctx)
	for _, all := range traces {
		for _, s := range all {
			if s.Kind == model.Server && s.LocalEndpoint.ServiceName == service && s.Tags["service.version"] == newVersion {
				return fmt.Errorf("the trace %s crosses it", s.TraceID)
			}
		}
	}
	return err
}

// arrived is how long after its request a trace has arrived, if ever it does.
const arrived = 5 * time.Second

// losesTraces expects a request that the service has logged since the fault, and of which no span has arrived.
func (d *drill) losesTraces(ctx context.Context, service string) error {
	return poll(ctx, evidenceTime, func(ctx context.Context) error {
		lines, err := d.processes.Logs().Find(ctx, action("", service, "http.request"))
		if err != nil {
			return err
		}
		for _, line := range lines {
			if !d.isSince(line) {
				continue
			}
			at, _ := time.Parse(time.RFC3339Nano, fmt.Sprint(line["@timestamp"])) // by isSince
			if time.Since(at) < arrived {
				break // and so are those behind it
			}
			if spans, err := d.processes.Traces().Trace(ctx, fmt.Sprint(line["trace.id"])); err != nil || len(spans) == 0 {
				return err
			}
		}
		return errors.New("each request has its trace")
	})
}
