package drills

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// evidenceTime is how long evidence may take to be seen: it is there when the alert is.
const evidenceTime = 10 * time.Second

// logs expects a line that the service has written since the fault began; because is part of its error.message.
func (d *drill) logs(ctx context.Context, service, action, because string) error {
	return d.finds(ctx, map[string]string{"service.name": service, "event.action": action}, because)
}

func (d *drill) finds(ctx context.Context, fields map[string]string, because string) error {
	return poll(ctx, evidenceTime, func(ctx context.Context) error {
		lines, err := d.processes.Logs().Find(ctx, fields)
		if err != nil {
			return err
		}
		var others []string
		for _, line := range lines {
			at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(line["@timestamp"]))
			if err == nil && !at.Before(d.fault) && strings.Contains(fmt.Sprint(line["error.message"]), because) {
				return nil
			}
			others = append(others, fmt.Sprint(line["error.message"]))
		}
		slices.Sort(others)
		return fmt.Errorf("none of %d lines with %v tells of %q since the fault, but of %q", len(lines), fields, because, slices.Compact(others))
	})
}

// answers expects an access line with the status.
func (d *drill) answers(ctx context.Context, service, status string) error {
	return d.finds(ctx, map[string]string{"service.name": service, "event.action": "http.request", "http.response.status_code": status}, "")
}

// traced expects a span, whose name Zipkin keeps in small letters, that began after the fault and failed or, where ms is not
// 0, took at least so long.
func (d *drill) traced(ctx context.Context, span, service string, ms int) error {
	return poll(ctx, evidenceTime, func(ctx context.Context) error {
		traces, err := d.processes.Traces().Recent(ctx)
		if err != nil {
			return err
		}
		var others []string
		for _, trace := range traces {
			for _, s := range trace {
				_, wanted := s.Tags["error"]
				if ms > 0 {
					wanted = s.Duration >= time.Duration(ms)*time.Millisecond
				}
				if !wanted || s.Timestamp.Before(d.fault) {
					continue
				}
				if strings.EqualFold(s.Name, span) && s.LocalEndpoint.ServiceName == service {
					return nil
				}
				others = append(others, s.LocalEndpoint.ServiceName+": "+s.Name)
			}
		}
		slices.Sort(others)
		return fmt.Errorf("there is no such span in %d traces, but %q", len(traces), slices.Compact(others))
	})
}
