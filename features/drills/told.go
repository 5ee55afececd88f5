package drills

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/features/doors"
)

// evidenceTime is how long evidence may take to be seen: it is there when the alert is.
const evidenceTime = 10 * time.Second

// action returns what the service's lines about an action have; where version is not empty, those of its new version.
func action(version, service, name string) map[string]string {
	fields := map[string]string{"service.name": service, "event.action": name}
	if version != "" {
		fields["service.version"] = newVersion
	}
	return fields
}

// logs expects a line that the service has written since the fault began; because is part of its error.message.
func (d *drill) logs(ctx context.Context, service, name, because string) error {
	return d.finds(ctx, action("", service, name), because)
}

func (d *drill) finds(ctx context.Context, fields map[string]string, because string) error {
	return poll(ctx, evidenceTime, func(ctx context.Context) error {
		lines, err := d.processes.Logs().Find(ctx, fields)
		if err != nil {
			return err
		}
		var others []string
		for _, line := range lines {
			if d.isSince(line) && strings.Contains(fmt.Sprint(line["error.message"]), because) {
				return nil
			}
			others = append(others, fmt.Sprint(line["error.message"]))
		}
		slices.Sort(others)
		return fmt.Errorf("none of %d lines with %v tells of %q since the fault, but of %q", len(lines), fields, because, slices.Compact(others))
	})
}

func (d *drill) isSince(line doors.Line) bool {
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(line["@timestamp"]))
	return err == nil && !at.Before(d.fault)
}

// logsNo expects that the new version of the service has no such line.
func (d *drill) logsNo(ctx context.Context, service, name string) error {
	lines, err := d.processes.Logs().Find(ctx, action(newVersion, service, name))
	if err == nil && len(lines) > 0 {
		err = fmt.Errorf("there are %d lines", len(lines))
	}
	return err
}

// answers expects an access line with the status.
func (d *drill) answers(ctx context.Context, service, status string) error {
	fields := action("", service, "http.request")
	fields["http.response.status_code"] = status
	return d.finds(ctx, fields, "")
}

// profile expects a function to hold memory of the service.
func (d *drill) profile(ctx context.Context, service, function string) error {
	admin, _ := d.processes.Admin(service)
	return poll(ctx, evidenceTime, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, admin+"/debug/pprof/heap?debug=1", http.NoBody)
		if err != nil {
			return err
		}
		res, err := d.visitors.client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err == nil && !strings.Contains(string(text), function) {
			err = fmt.Errorf("the heap profile does not name %s:\n%.1000s", function, text)
		}
		return err
	})
}
