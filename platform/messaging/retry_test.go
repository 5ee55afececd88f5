package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

func TestFailingMessageIsRetriedUntilItSucceeds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var attempts recorder
	c := f.start(t, func(_ context.Context, e cloudevent.Event) error {
		if attempts.note(e.ID) < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	f.publish(t, newEvent("1", "a"))
	require.Eventually(t, func() bool { return len(attempts.all()) == 3 }, patience, time.Millisecond)
	awaitIdle(t, c)
	f.requireNoLetter(t)
	spans := f.spans.Ended()
	require.Len(t, spans, 1, "one span for all attempts")
	require.Len(t, spans[0].Events(), 2, "one event a retry")
	f.requireMetrics(t, 2, 0, 0)
}

func TestMessageIsParkedWithItsHistory(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err      error
		failures int
		text     string
	}{
		"after the last retry":          {errors.New("no such table"), 4, "no such table"},
		"a conflict may pass":           {fault.New(fault.Conflict, "sold-out", "None left."), 4, "sold-out: None left."},
		"what is missing may come":      {fault.Missing("event"), 4, "event-not-found: There is no such event."},
		"what is invalid stays invalid": {fault.New(fault.Invalid, "bad-seats", "Seats are negative."), 1, "bad-seats: Seats are negative."},
		"wrapped, it is invalid too":    {fmt.Errorf("apply: %w", fault.InvalidField("seats", "must be positive")), 1, "apply: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			c := f.start(t, func(context.Context, cloudevent.Event) error { return test.err })
			e := newEvent("1", "a")
			f.publish(t, e)
			letter := f.awaitLetter(t)
			require.Equal(t, "billing.1", letter.ID)
			require.Equal(t, "billing", letter.Service)
			require.Equal(t, []string{topic, typ, "a"}, []string{letter.Topic, letter.Type, letter.Subject})
			payload, err := e.Encode()
			require.NoError(t, err)
			require.JSONEq(t, string(payload), string(letter.Payload))
			require.Len(t, letter.Failures, test.failures)
			for i, failure := range letter.Failures {
				require.True(t, strings.HasPrefix(failure.Error, test.text), failure.Error)
				if i > 0 {
					pause := fastRetry().Initial << (i - 1)
					require.GreaterOrEqual(t, failure.Time.Sub(letter.Failures[i-1].Time), pause, "pause before retry %d", i)
				}
			}
			awaitIdle(t, c)
			f.requireMetrics(t, test.failures-1, 1, 1)
			require.Equal(t, "Error", f.spans.Ended()[0].Status().Code.String(), "parking hides the failure from the trace")
			require.Contains(t, f.logs.String(), `"event.action":"message.parked"`)
		})
	}
}

func TestMessageWaitsForADependencyThatIsAway(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.Retry.Max = 20 * time.Millisecond
	var attempts recorder
	c := f.start(t, func(_ context.Context, e cloudevent.Event) error {
		if attempts.note(e.ID) <= 3*fastRetry().MaxRetries {
			return fault.Away("store", errors.New("connection refused"))
		}
		return nil
	})
	f.publish(t, newEvent("1", "a"))
	require.Eventually(t, func() bool { return len(attempts.all()) == 3*fastRetry().MaxRetries+1 }, patience, time.Millisecond)
	awaitIdle(t, c)
	f.requireNoLetter(t)
}

func TestPanicIsAFailureLikeAnyOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.start(t, func(context.Context, cloudevent.Event) error { panic("index out of range") })
	f.publish(t, newEvent("1", "a"))
	letter := f.awaitLetter(t)
	require.Len(t, letter.Failures, 4)
	require.Equal(t, "panic: index out of range", letter.Failures[0].Error)
}

func TestWhatIsNoCloudEventIsParkedAtOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ payload, letter string }{
		"no JSON":    {"seats=2", "billing.sha256-"},
		"nothing":    {"", "billing.sha256-e3b0c44298fc1c14"},
		"other JSON": {`{"seats":2}`, "billing.sha256-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.start(t, func(context.Context, cloudevent.Event) error { return nil })
			require.NoError(t, f.broker.Publisher().Publish(topic, message.NewMessage("1", []byte(test.payload))))
			letter := f.awaitLetter(t)
			require.Contains(t, letter.ID, test.letter)
			require.Equal(t, test.payload, string(letter.Payload))
			require.Len(t, letter.Failures, 1)
			require.Contains(t, letter.Failures[0].Error, "decode cloud event")
		})
	}
}

// failingStore fails to park as often as told.
type failingStore struct {
	deadletter.Store
	failures atomic.Int32
}

func (s *failingStore) Park(ctx context.Context, l deadletter.Letter) error {
	if s.failures.Add(-1) >= 0 {
		return errors.New("disk is full")
	}
	return s.Store.Park(ctx, l)
}

func TestMessageThatCannotBeParkedIsNotLost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	store := &failingStore{Store: f.letters}
	store.failures.Store(2)
	f.options.DeadLetters = store
	f.options.Retry.MaxRetries = -1
	var attempts recorder
	f.start(t, func(_ context.Context, e cloudevent.Event) error {
		attempts.note(e.ID)
		return errors.New("never")
	})
	f.publish(t, newEvent("1", "a"))
	f.awaitLetter(t)
	require.Equal(t, []string{"1"}, attempts.all())
	require.Contains(t, f.logs.String(), "disk is full")
}

func TestOnlyTheLaneOfAFailingMessageWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.Retry = messaging.Retry{MaxRetries: 1, Initial: time.Hour, Max: time.Hour}
	var handled recorder
	f.start(t, func(_ context.Context, e cloudevent.Event) error {
		handled.note(e.ID)
		if e.ID == "bad" {
			return errors.New("not yet")
		}
		return nil
	})
	f.publish(t, newEvent("bad", "a"), newEvent("after bad", "a"))
	for i := range 64 {
		f.publish(t, newEvent(fmt.Sprint(i), fmt.Sprintf("other%d", i)))
	}
	require.Eventually(t, func() bool { return len(handled.all()) == 65 }, patience, time.Millisecond)
	require.NotContains(t, handled.all(), "after bad")
}

func TestMiddlewareWrapsEachAttempt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var injected, handled recorder
	f.options.Middleware = []messaging.Middleware{func(next messaging.BatchHandler) messaging.BatchHandler {
		return func(ctx context.Context, batch []cloudevent.Event) []error {
			if injected.note(batch[0].ID) < 3 {
				return []error{errors.New("injected")}
			}
			return next(ctx, batch)
		}
	}}
	c := f.start(t, func(_ context.Context, e cloudevent.Event) error {
		handled.note(e.ID)
		return nil
	})
	f.publish(t, newEvent("1", "a"))
	require.Eventually(t, func() bool { return len(handled.all()) == 1 }, patience, time.Millisecond)
	awaitIdle(t, c)
	require.Len(t, injected.all(), 3)
}

// requireMetrics checks the values, and by the way that a scrape is clean.
func (f *fixture) requireMetrics(t *testing.T, retries, parked, letters int) {
	t.Helper()
	want := fmt.Sprintf(`
# HELP dead_letters_waiting Messages on the dead letter queue.
# TYPE dead_letters_waiting gauge
dead_letters_waiting{service="billing"} %d
# HELP dead_letters_total Messages put on the dead letter queue.
# TYPE dead_letters_total counter
dead_letters_total{messaging_destination_name="booking",service="billing"} %d
# HELP messaging_retries_total Repeated attempts to process a message.
# TYPE messaging_retries_total counter
messaging_retries_total{messaging_destination_name="booking",service="billing"} %d
`, letters, parked, retries)
	require.NoError(t, testutil.GatherAndCompare(f.registry, strings.NewReader(want),
		"dead_letters_waiting", "dead_letters_total", "messaging_retries_total"))
}
