package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/audit"
)

// Audit writes a line of the audit log; it is an audit.Log.
func (t *Telemetry) Audit(ctx context.Context, e audit.Entry) {
	line := withIDs(t.Log.Info(), trace.SpanContextFromContext(ctx)).Str("event.category", "audit").Str("event.action", e.Action)
	if e.Pseudonym != "" {
		line.Str("user.hash", e.Pseudonym)
	} else {
		line.Str("user.id", e.User)
	}
	line.Str("audit.object.type", e.Object.Type)
	if e.Object.ID != "" {
		line.Str("audit.object.id", plainID(e.Object.ID))
	}
	if e.Reason == "" {
		line.Str("event.outcome", "success")
	} else {
		line.Str("event.outcome", "failure").Str("event.reason", e.Reason)
	}
	for _, d := range e.Details {
		if d.Text != "" {
			line.Str(d.Name, d.Text)
		} else {
			line.Int(d.Name, d.Number)
		}
	}
	line.Msg(e.Action)
}
