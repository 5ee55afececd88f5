package logs_test

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts/logs"
)

type fields map[string]any

// access is a line as every request leaves it.
func access() fields {
	return fields{
		"@timestamp": "2026-05-01T12:00:00.000001Z", "log.level": "info", "ecs.version": "8.11.0", "service.name": "event",
		"service.version": "1.2.3", "service.environment": "test", "message": "answered", "event.action": "http.request",
		"trace.id": "0af7651916cd43dd8448eb211c80319c", "span.id": "b7ad6b7169203331", "http.request.method": "GET",
		"http.route": "/api/v1/events/{id}", "url.path": "/api/v1/events/e-1", "http.response.status_code": 200,
		"http.response.body.bytes": 12, "event.duration": 1200,
	}
}

// booked is the audit line of a booking.
func booked() fields {
	return fields{
		"@timestamp": "2026-05-01T12:00:00.000001Z", "log.level": "info", "ecs.version": "8.11.0", "service.name": "booking",
		"service.version": "1.2.3", "service.environment": "test", "message": "booking.create", "event.action": "booking.create",
		"event.category": "audit", "event.outcome": "success", "user.id": "u-1", "audit.object.type": "booking", "audit.object.id": "b-1",
		"booking.event_id": "e-1", "booking.seats": 2,
	}
}

// with returns the line with other fields; nil takes one away.
func (f fields) with(others fields) fields {
	maps.Copy(f, others)
	maps.DeleteFunc(f, func(_ string, v any) bool { return v == nil })
	return f
}

func TestLines(t *testing.T) {
	t.Parallel()
	schema, err := logs.NewSchema()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		line    fields
		mention string // of the refusal; empty: the line is accepted
	}{
		"access":                       {access(), ""},
		"access, masked path":          {access().with(fields{"url.path": "/api/v1/users/***/roles"}), ""},
		"access, no route":             {access().with(fields{"http.route": "unmatched"}), ""},
		"audit":                        {booked(), ""},
		"audit, failed":                {booked().with(fields{"event.outcome": "failure", "event.reason": "sold-out"}), ""},
		"an action nobody knows":       {access().with(fields{"event.action": "http.reqest"}), "event.action"},
		"no action":                    {access().with(fields{"event.action": nil}), "event.action"},
		"a field of another action":    {access().with(fields{"booking.seats": 2}), "booking.seats"},
		"a field nobody knows":         {booked().with(fields{"card": "4111"}), "card"},
		"an e-mail address in a path":  {access().with(fields{"url.path": "/api/v1/users/ada@example.org"}), "url.path"},
		"an e-mail address as id":      {booked().with(fields{"audit.object.id": "ada@example.org"}), "audit.object.id"},
		"access without its duration":  {access().with(fields{"event.duration": nil}), "event.duration"},
		"a local time":                 {access().with(fields{"@timestamp": "2026-05-01T12:00:00.000001+02:00"}), "@timestamp"},
		"a span without its trace":     {access().with(fields{"trace.id": nil}), "trace.id"},
		"a number as text":             {access().with(fields{"http.response.status_code": "200"}), "status_code"},
		"audit by nobody":              {booked().with(fields{"user.id": nil}), "user.id"},
		"audit, failed without reason": {booked().with(fields{"event.outcome": "failure"}), "event.reason"},
		"audit, success with a reason": {booked().with(fields{"event.reason": "sold-out"}), "event.outcome"},
		"audit of nothing":             {booked().with(fields{"audit.object.id": nil}), "audit.object.id"},
		"audit that is none":           {booked().with(fields{"event.category": nil}), "event.category"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line, err := json.Marshal(c.line)
			require.NoError(t, err)
			err = schema.Validate(line)
			if c.mention == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			require.ErrorContains(t, errors.Unwrap(err), c.mention, "the whole error quotes the line")
		})
	}
	require.Error(t, schema.Validate([]byte("panic: not even JSON")))
}

func BenchmarkValidate(b *testing.B) {
	schema, err := logs.NewSchema()
	require.NoError(b, err)
	line, err := json.Marshal(access())
	require.NoError(b, err)
	for b.Loop() {
		_ = schema.Validate(line)
	}
}
