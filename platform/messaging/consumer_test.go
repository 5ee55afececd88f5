package messaging_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/deadletter"
	lettersqlite "github.com/myevents/myevents/platform/deadletter/sqlite"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/embedded"
	"github.com/myevents/myevents/platform/messaging/nats"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
)

const (
	topic    = "booking"
	typ      = "booking.confirmed"
	patience = 20 * time.Second
)

// fastRetry keeps the shape of the defaults at a tenth of their length.
func fastRetry() messaging.Retry {
	return messaging.Retry{MaxRetries: 3, Initial: 10 * time.Millisecond, Max: 500 * time.Millisecond, Jitter: -1}
}

// fixture is a service's surroundings with real parts: broker, store and telemetry.
type fixture struct {
	broker   *nats.Broker
	letters  deadletter.Store
	registry *prometheus.Registry
	spans    *tracetest.SpanRecorder
	logs     *telemetrytest.Output
	options  messaging.ConsumerOptions // for newConsumer; tests change them
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	f := &fixture{registry: prometheus.NewRegistry(), spans: tracetest.NewSpanRecorder(), logs: &telemetrytest.Output{}}
	f.broker, err = server.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.broker.Close()) })
	db, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "billing.db"), Service: "billing", Schema: lettersqlite.Schema,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	f.letters = lettersqlite.New(db)
	tel, err := telemetry.New(telemetry.Options{
		Service: "billing", Registry: f.registry, Logs: f.logs, MessagingSystem: "nats",
		SpanProcessors: []sdktrace.SpanProcessor{f.spans},
	})
	require.NoError(t, err)
	f.options = messaging.ConsumerOptions{
		Service: "billing", Broker: f.broker, Telemetry: tel, DeadLetters: f.letters, Clock: time.Now,
		Retry: fastRetry(),
	}
	return f
}

// start runs a consumer with one handler until the test ends.
func (f *fixture) start(t testing.TB, h messaging.Handler) *messaging.Consumer {
	t.Helper()
	c := messaging.NewConsumer(f.options)
	c.Handle(topic, map[string]messaging.Handler{typ: h})
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	return c
}

func newEvent(id, subject string) cloudevent.Event {
	return cloudevent.Event{
		ID: id, Source: "/booking", Type: typ, Subject: subject, Time: time.Unix(0, 0).UTC(), Data: []byte(`{"seats":2}`),
	}
}

func (f *fixture) publish(t testing.TB, events ...cloudevent.Event) {
	t.Helper()
	messages := make([]*message.Message, len(events))
	for i, e := range events {
		payload, err := e.Encode()
		require.NoError(t, err)
		messages[i] = message.NewMessage(e.ID, payload)
		messages[i].Metadata.Set(messaging.MetadataSubject, e.Subject)
	}
	require.NoError(t, f.broker.Publisher().Publish(topic, messages...))
}

// awaitLetter waits for the one letter there is.
func (f *fixture) awaitLetter(t *testing.T) deadletter.Letter {
	t.Helper()
	var letters []deadletter.Letter
	require.Eventually(t, func() bool {
		var err error
		letters, err = f.letters.List(t.Context(), "", 10)
		return err == nil && len(letters) > 0
	}, patience, time.Millisecond)
	require.Len(t, letters, 1)
	return letters[0]
}

func (f *fixture) requireNoLetter(t *testing.T) {
	t.Helper()
	n, err := f.letters.Count(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

func awaitIdle(t *testing.T, c *messaging.Consumer) {
	t.Helper()
	require.Eventually(t, c.Idle, patience, time.Millisecond)
}

// recorder notes what a handler was called with.
type recorder struct {
	mu    sync.Mutex
	calls []string
}

func (r *recorder) note(call string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
	return len(r.calls)
}

func (r *recorder) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.calls...)
}

func TestHandlerGetsTheMessagesOfItsType(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := make(chan cloudevent.Event, 1)
	c := f.start(t, func(_ context.Context, e cloudevent.Event) error {
		got <- e
		return nil
	})
	unknown := newEvent("1", "a")
	unknown.Type = "booking.unheard-of"
	f.publish(t, unknown, newEvent("2", "a"))
	require.Equal(t, newEvent("2", "a"), <-got)
	awaitIdle(t, c)
	f.requireNoLetter(t)
	require.Len(t, f.spans.Ended(), 1, "a message without a handler costs a span")
}

func TestTraceOfTheMessageGoesOn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	seen := make(chan string, 1)
	c := f.start(t, func(ctx context.Context, _ cloudevent.Event) error {
		seen <- telemetry.Traceparent(ctx)
		return nil
	})
	e := newEvent("1", "a")
	e.Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	f.publish(t, e)
	require.Contains(t, <-seen, "0af7651916cd43dd8448eb211c80319c")
	awaitIdle(t, c)
	span := f.spans.Ended()[0]
	require.Equal(t, "process "+typ, span.Name())
	require.Equal(t, "b7ad6b7169203331", span.Parent().SpanID().String())
}

func TestBroadcastFailuresAreOnlyLogged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.DeadLetters = nil
	var instances sync.WaitGroup
	instances.Add(2)
	for range 2 {
		c := messaging.NewConsumer(f.options)
		c.Broadcast(topic, map[string]messaging.Handler{typ: func(context.Context, cloudevent.Event) error {
			instances.Done() // a second call would panic
			return errors.New("cache is cold")
		}})
		require.NoError(t, c.Start(t.Context()))
		t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	}
	f.publish(t, newEvent("1", "a"))
	instances.Wait()
	require.Eventually(t, func() bool {
		return bytes.Count([]byte(f.logs.String()), []byte("cache is cold")) == 2
	}, patience, time.Millisecond)
	f.requireNoLetter(t)
}

func TestProcessRunsTheHandlerOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var attempts recorder
	failure := errors.New("out of paper")
	c := f.start(t, func(_ context.Context, e cloudevent.Event) error {
		if attempts.note(e.ID) == 1 {
			return failure
		}
		return nil
	})
	payload, err := newEvent("1", "a").Encode()
	require.NoError(t, err)
	require.ErrorIs(t, c.Process(t.Context(), topic, payload), failure)
	require.NoError(t, c.Process(t.Context(), topic, payload))
	require.Len(t, attempts.all(), 2)
	require.ErrorContains(t, c.Process(t.Context(), "shoes", payload), "service billing does not handle topic shoes")
	require.ErrorContains(t, c.Process(t.Context(), topic, []byte("{")), "decode cloud event")
	f.requireNoLetter(t)
}

func TestIdleKnowsWhatIsStillToCome(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	gate := make(chan struct{})
	c := f.start(t, func(context.Context, cloudevent.Event) error {
		<-gate
		return nil
	})
	awaitIdle(t, c)
	for i := range 50 {
		f.publish(t, newEvent(fmt.Sprint(i), fmt.Sprint(i)))
	}
	require.False(t, c.Idle())
	close(gate)
	awaitIdle(t, c)
	require.Len(t, f.spans.Ended(), 50)
}
