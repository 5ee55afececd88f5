package messaging

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/fault"
)

// finish tries a message, which may have failed before, until it succeeds, can never succeed, or was tried often enough.
// Its lane waits meanwhile, which keeps the order of its key. Where the consumer stops, the message goes back to the broker.
func (f *flow) finish(m *incoming) {
	for {
		if f.c.isStopping() {
			f.giveBack(m)
			return
		}
		if len(m.failures) > 0 {
			if f.topic.broadcast || f.isLast(m) {
				f.giveUp(m)
				return
			}
			f.pauseBefore(m)
			if f.c.isStopping() {
				continue
			}
		}
		if f.try(m) {
			f.succeed(m)
			return
		}
	}
}

// isLast reports whether another attempt makes no sense, or is one too many. There are never too many while what the
// handler needs is away: that is no fault of the message, and every other one would follow it to the dead letters.
func (f *flow) isLast(m *incoming) bool {
	switch {
	case m.end == nil: // it is no event
		return true
	case fault.KindOf(m.err) == fault.Unavailable:
		return false
	default:
		return fault.KindOf(m.err) == fault.Invalid || len(m.failures) > f.c.options.Retry.MaxRetries
	}
}

// pauseBefore waits before a retry, and not a moment longer than the consumer runs.
func (f *flow) pauseBefore(m *incoming) {
	retry := len(m.failures)
	wait := f.c.options.Retry.pause(retry)
	f.c.metrics.retries.WithLabelValues(f.topic.name).Inc()
	trace.SpanFromContext(m.ctx).AddEvent("retry", trace.WithAttributes(
		attribute.Int("retry", retry), attribute.String("wait", wait.String()), attribute.String("error.message", describe(m.err))))
	f.wait(wait)
}

func (f *flow) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.c.stopping:
	}
}

// giveBack nacks a message because the consumer stops.
func (f *flow) giveBack(m *incoming) {
	if m.end != nil {
		m.end(errStopping)
	}
	f.settle(m, false)
}

// errStopping is why a message that was tried goes back to the broker.
var errStopping = fmt.Errorf("consumer stops: %w", context.Canceled)

// giveUp parks a message, or logs the failure of a broadcast one.
func (f *flow) giveUp(m *incoming) {
	ctx := f.c.work
	if m.end != nil {
		ctx = m.ctx
		m.end(m.err)
	}
	if f.topic.broadcast {
		f.c.options.Telemetry.Logger(ctx).Error().Err(m.err).Str("event.action", "message.broadcast_failed").
			Str("messaging.destination.name", f.topic.name).Str("messaging.message.id", m.event.ID).
			Msg("broadcast message cannot be processed")
		f.settle(m, true)
		return
	}
	f.park(ctx, m)
}

// park puts a message on the dead letter queue, and tries that until it works: the message must not get lost.
func (f *flow) park(ctx context.Context, m *incoming) {
	letter := f.letter(m)
	for attempt := 1; ; attempt++ {
		err := f.c.options.DeadLetters.Park(ctx, letter)
		if err == nil {
			break
		}
		f.c.options.Telemetry.Logger(ctx).Error().Err(err).Str("event.action", "message.parking_failed").
			Str("messaging.destination.name", f.topic.name).Str("dead_letter.id", letter.ID).
			Msg("message cannot be put on the dead letter queue")
		f.wait(f.c.options.Retry.pause(attempt))
		if f.c.isStopping() {
			f.settle(m, false)
			return
		}
	}
	f.c.metrics.parked.WithLabelValues(f.topic.name).Inc()
	f.c.options.Telemetry.Logger(ctx).Error().Err(m.err).Str("event.action", "message.parked").
		Str("messaging.destination.name", f.topic.name).Str("messaging.message.id", m.event.ID).Str("dead_letter.id", letter.ID).
		Int("dead_letter.attempts", len(letter.Failures)).Msg("message cannot be processed and waits for an operator")
	f.settle(m, true)
}

func (f *flow) letter(m *incoming) deadletter.Letter {
	id := m.event.ID
	if id == "" { // a hash, so that the same message delivered again is the same letter
		sum := sha256.Sum256(m.delivery.Payload())
		id = "sha256-" + hex.EncodeToString(sum[:8])
	}
	return deadletter.Letter{
		ID: f.c.options.Service + "." + id, Service: f.c.options.Service, Topic: f.topic.name, Type: m.event.Type,
		Subject: m.event.Subject, Payload: deadletter.Payload(m.delivery.Payload()), Failures: m.failures,
		ParkedAt: f.c.options.Clock(),
	}
}

// describe leaves the stack out of a panic: it would fill the error history.
func describe(err error) string {
	if p, ok := errors.AsType[*panicked](err); ok {
		return fmt.Sprintf("panic: %v", p.value)
	}
	return err.Error()
}
