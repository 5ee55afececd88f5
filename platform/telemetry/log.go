package telemetry

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"
)

// ecsNames guards the one place where zerolog's package-level field names are set.
var ecsNames sync.Once

// NewLogger returns the logger of a part that has no spans or metrics of its own, such as the broker's connection; Service,
// Version, Environment, Logs, Level and Clock of the options count. It fails on an unknown level.
func NewLogger(o Options) (zerolog.Logger, error) {
	level, err := parseLevel(o.Level)
	if err != nil {
		return zerolog.Nop(), err
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return newLogger(o, level), nil
}

func newLogger(o Options, level zerolog.Level) zerolog.Logger {
	ecsNames.Do(func() {
		zerolog.LevelFieldName = "log.level"
		zerolog.ErrorFieldName = "error.message"
	})
	now := zerolog.HookFunc(func(e *zerolog.Event, _ zerolog.Level, _ string) {
		var text [len(timestamp)]byte
		e.Bytes("@timestamp", appendTimestamp(text[:0], o.Clock()))
	})
	return zerolog.New(o.Logs).Level(level).Hook(now).With().
		Str("ecs.version", "8.11.0").
		Str("service.name", o.Service).
		Str("service.version", o.Version).
		Str("service.environment", o.Environment).
		Logger()
}

const timestamp = "2006-01-02T15:04:05.000000Z"

// appendTimestamp appends at in UTC, with microseconds, in a third of the time that formatting by a layout takes.
func appendTimestamp(to []byte, at time.Time) []byte {
	at = at.UTC()
	to = at.AppendFormat(to, time.RFC3339)
	to[len(to)-1] = '.' // in place of the Z
	micros := at.Nanosecond() / int(time.Microsecond)
	for unit := 100_000; unit > 0; unit /= 10 {
		to = append(to, '0'+byte(micros/unit%10))
	}
	return append(to, 'Z')
}

func parseLevel(name string) (zerolog.Level, error) {
	if name == "" {
		return zerolog.InfoLevel, nil
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, name) {
		return 0, fmt.Errorf("log level %q: must be debug, info, warn or error", name)
	}
	return zerolog.ParseLevel(name)
}

// Logger returns the service's logger with the ids of ctx's span.
func (t *Telemetry) Logger(ctx context.Context) *zerolog.Logger {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return &t.Log
	}
	l := t.Log.With().Str("trace.id", span.TraceID().String()).Str("span.id", span.SpanID().String()).Logger()
	return &l
}

// withIDs adds the ids of a span to a line. Other than Logger it makes no logger for the sake of one line.
func withIDs(line *zerolog.Event, span trace.SpanContext) *zerolog.Event {
	if !span.IsValid() {
		return line
	}
	traceID, spanID := span.TraceID(), span.SpanID()
	return line.Hex("trace.id", traceID[:]).Hex("span.id", spanID[:])
}

// Failed writes the line about a request that failed for a reason of ours; what the user is told does not have it.
func (t *Telemetry) Failed(ctx context.Context, err error) {
	t.Logger(ctx).Error().Err(err).Str("event.action", "http.failed").Msg("a request failed")
}
