package messaging

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/fault"
)

// errStopping nacks a message because the consumer stops. To Watermill it is a cancellation, which is not worth a log line.
var errStopping = fmt.Errorf("consumer stops: %w", context.Canceled)

// unprocessable is a message that is not tried again.
type unprocessable struct {
	failures []deadletter.Failure // never empty
	last     error
}

func (u *unprocessable) Error() string { return u.last.Error() }
func (u *unprocessable) Unwrap() error { return u.last }

// eventKey is the context key of the message's cloudevent.Event.
type eventKey struct{}

func eventOf(m *message.Message) cloudevent.Event {
	e, _ := m.Context().Value(eventKey{}).(cloudevent.Event)
	return e
}

// enter counts the message and gives it the consumer's context.
func (c *Consumer) enter(next message.HandlerFunc) message.HandlerFunc {
	return func(m *message.Message) ([]*message.Message, error) {
		c.inFlight.Add(1)
		defer c.inFlight.Add(-1)
		m.SetContext(c.work)
		return next(m)
	}
}

// decode acknowledges what the service has no handler for before it costs a span.
func (c *Consumer) decode(topic string) message.HandlerMiddleware {
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			e, err := cloudevent.Decode(m.Payload)
			if err != nil {
				return nil, c.unprocessable(err)
			}
			if c.handlers[topic][e.Type] == nil {
				return nil, nil
			}
			m.SetContext(context.WithValue(m.Context(), eventKey{}, e))
			return next(m)
		}
	}
}

// observe has one span and one observation for all attempts.
func (c *Consumer) observe(topic string) message.HandlerMiddleware {
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			ctx, end := c.options.Telemetry.StartProcess(m.Context(), c.options.Service, topic, eventOf(m))
			m.SetContext(ctx)
			_, err := next(m)
			end(err)
			return nil, err
		}
	}
}

// retry repeats what fails until it succeeds, can never succeed, or was repeated often enough. The message's lane waits
// meanwhile, which keeps the order of its key.
func (c *Consumer) retry(topic string) message.HandlerMiddleware {
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			var failures []deadletter.Failure
			for {
				_, err := next(m)
				if err == nil {
					return nil, nil
				}
				if c.isStopping() {
					return nil, errStopping
				}
				failures = append(failures, c.failure(err))
				if fault.KindOf(err) == fault.Invalid || len(failures) > c.options.Retry.MaxRetries {
					return nil, &unprocessable{failures: failures, last: err}
				}
				if err := c.pause(m.Context(), topic, len(failures), err); err != nil {
					return nil, err
				}
			}
		}
	}
}

// pause waits before a retry, and not a moment longer than the consumer runs.
func (c *Consumer) pause(ctx context.Context, topic string, retry int, cause error) error {
	wait := c.options.Retry.pause(retry)
	c.metrics.retries.WithLabelValues(topic).Inc()
	trace.SpanFromContext(ctx).AddEvent("retry", trace.WithAttributes(
		attribute.Int("retry", retry), attribute.String("wait", wait.String()), attribute.String("error.message", describe(cause))))
	select {
	case <-time.After(wait):
		return nil
	case <-c.stopping:
		return errStopping
	}
}

// park puts a message that is not tried again on the dead letter queue. Where that fails, the message is nacked.
func (c *Consumer) park(topic string) message.HandlerMiddleware {
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			_, err := next(m)
			u, ok := errors.AsType[*unprocessable](err)
			if !ok {
				return nil, err
			}
			letter := c.letter(topic, m, u)
			if err := c.options.DeadLetters.Park(m.Context(), letter); err != nil {
				return nil, fmt.Errorf("park message %s: %w", letter.ID, err)
			}
			c.metrics.parked.WithLabelValues(topic).Inc()
			c.options.Telemetry.Logger(m.Context()).Error().Err(u.last).Str("event.action", "message.parked").
				Str("messaging.destination.name", topic).Str("messaging.message.id", m.UUID).Str("dead_letter.id", letter.ID).
				Int("attempts", len(letter.Failures)).Msg("message cannot be processed and waits for an operator")
			return nil, nil
		}
	}
}

// logFailure is all that happens to a broadcast message that fails.
func (c *Consumer) logFailure(topic string) message.HandlerMiddleware {
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			if _, err := next(m); err != nil && !c.isStopping() {
				c.options.Telemetry.Logger(m.Context()).Error().Err(err).Str("event.action", "message.broadcast-failed").
					Str("messaging.destination.name", topic).Str("messaging.message.id", m.UUID).
					Msg("broadcast message cannot be processed")
			}
			return nil, nil
		}
	}
}

// dispatch calls the handler of the message's type; decode has made sure that there is one.
func (c *Consumer) dispatch(topic string) message.NoPublishHandlerFunc {
	return func(m *message.Message) error {
		e := eventOf(m)
		return c.handlers[topic][e.Type](m.Context(), e)
	}
}

func (c *Consumer) letter(topic string, m *message.Message, u *unprocessable) deadletter.Letter {
	e := eventOf(m)
	id := e.ID
	if id == "" {
		id = m.UUID
	}
	if id == "" {
		id = c.options.NewID()
	}
	return deadletter.Letter{
		ID: c.options.Service + "." + id, Service: c.options.Service, Topic: topic, Type: e.Type, Subject: e.Subject,
		Payload: deadletter.Payload(m.Payload), Failures: u.failures, ParkedAt: c.options.Clock(),
	}
}

func (c *Consumer) failure(err error) deadletter.Failure {
	return deadletter.Failure{Time: c.options.Clock(), Error: describe(err)}
}

func (c *Consumer) unprocessable(err error) error {
	return &unprocessable{failures: []deadletter.Failure{c.failure(err)}, last: err}
}

func (c *Consumer) isStopping() bool {
	select {
	case <-c.stopping:
		return true
	default:
		return false
	}
}

// describe leaves the stack out of a panic: it would fill the error history.
func describe(err error) string {
	if p, ok := errors.AsType[middleware.RecoveredPanicError](err); ok {
		return fmt.Sprintf("panic: %v", p.V)
	}
	return err.Error()
}
