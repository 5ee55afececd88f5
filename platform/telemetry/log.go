package telemetry

import (
	"bufio"
	"context"
	"fmt"
	"io"
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
		e.Str("@timestamp", o.Clock().UTC().Format("2006-01-02T15:04:05.000000Z"))
	})
	return zerolog.New(o.Logs).Level(level).Hook(now).With().
		Str("ecs.version", "8.11.0").
		Str("service.name", o.Service).
		Str("service.version", o.Version).
		Str("service.environment", o.Environment).
		Logger()
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

// Audit writes an audit line: who did what to what, and how it ended. The action is a dotted name such as
// "booking.create", the outcome "success" or "failure". Fields must hold ids only, never personal data or secrets.
func (t *Telemetry) Audit(ctx context.Context, action, outcome string, fields map[string]string) {
	line := t.Logger(ctx).Info().Str("event.category", "audit").Str("event.action", action).Str("event.outcome", outcome)
	for name, value := range fields {
		line = line.Str(name, value)
	}
	line.Msg(action)
}

// Failed writes the line about a request that failed for a reason of ours; what the user is told does not have it.
func (t *Telemetry) Failed(ctx context.Context, err error) {
	t.Logger(ctx).Error().Err(err).Str("event.action", "http.failed").Msg("a request failed")
}

// LogWriter gathers log lines and writes them on in blocks: a system call a line is a third of the price of a line.
// Lines wait at most for the flush interval; Close writes what waits.
type LogWriter struct {
	mu     sync.Mutex
	buffer *bufio.Writer
	end    chan struct{}
	ended  chan struct{}
	once   sync.Once
}

// NewLogWriter starts a writer in front of w. Its one goroutine ends with Close.
func NewLogWriter(w io.Writer, interval time.Duration) *LogWriter {
	l := &LogWriter{buffer: bufio.NewWriterSize(w, 64<<10), end: make(chan struct{}), ended: make(chan struct{})}
	go l.flush(interval)
	return l
}

// Write takes one line. It is safe for concurrent use.
func (l *LogWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

// Flush writes the lines that wait.
func (l *LogWriter) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Flush()
}

// Close writes the lines that wait and ends the goroutine. Later lines wait for a Flush of the caller's.
func (l *LogWriter) Close() error {
	l.once.Do(func() { close(l.end) })
	<-l.ended
	return l.Flush()
}

func (l *LogWriter) flush(interval time.Duration) {
	defer close(l.ended)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = l.Flush() // nowhere to report it: this is the log
		case <-l.end:
			return
		}
	}
}
