package messaging_test

import (
	"context"
	"errors"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/messaging"
)

func TestStopEndsAPauseAtOnceAndTheMessageComesAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.Retry = messaging.Retry{Initial: time.Hour, Max: time.Hour}
	failed := make(chan struct{})
	c := f.start(t, func(context.Context, cloudevent.Event) error {
		close(failed)
		return errors.New("not yet")
	})
	f.publish(t, newEvent("1", "a"), newEvent("2", "a"))
	<-failed
	stop(t, c)
	f.requireNoLetter(t)

	var handled recorder
	f.start(t, func(_ context.Context, e cloudevent.Event) error {
		handled.note(e.ID)
		return nil
	})
	require.Eventually(t, func() bool { return len(handled.all()) == 2 }, patience, time.Millisecond)
	require.ElementsMatch(t, []string{"1", "2"}, handled.all())
}

func TestStopWaitsForTheHandlerInFlight(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	c := f.start(t, func(ctx context.Context, _ cloudevent.Event) error {
		close(entered)
		<-leave
		return ctx.Err()
	})
	f.publish(t, newEvent("1", "a"))
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stopped := make(chan struct{})
	var result error // of Stop, once stopped is closed
	go func() {
		defer close(stopped)
		result = c.Stop(ctx)
	}()
	require.Never(t, func() bool {
		select {
		case <-stopped:
			return true
		default:
			return false
		}
	}, 100*time.Millisecond, 10*time.Millisecond)
	close(leave)
	<-stopped
	require.NoError(t, result)
	require.NoError(t, ctx.Err(), "Stop took too long")

	var again recorder
	second := f.start(t, func(_ context.Context, e cloudevent.Event) error {
		again.note(e.ID)
		return nil
	})
	awaitIdle(t, second)
	require.Empty(t, again.all(), "the handler's context was cancelled, or its acknowledgement was lost")
}

func TestStopCancelsHandlersAtItsDeadline(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.Retry.MaxRetries = -1
	f.options.DeadLetters = heedlessStore{f.letters} // a cancelled attempt must not count as the last one
	entered := make(chan struct{}, 1)
	c := f.start(t, func(ctx context.Context, _ cloudevent.Event) error {
		entered <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	f.publish(t, newEvent("1", "a"))
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	require.NoError(t, c.Stop(ctx))
	require.Less(t, time.Since(began), patience/2)
	f.requireNoLetter(t)

	f.start(t, func(context.Context, cloudevent.Event) error {
		entered <- struct{}{}
		return nil
	})
	<-entered
}

// heedlessStore parks whatever the context says.
type heedlessStore struct {
	deadletter.Store
}

func (s heedlessStore) Park(ctx context.Context, l deadletter.Letter) error {
	return s.Store.Park(context.WithoutCancel(ctx), l)
}

func TestConsumerCanBeFollowedByAnotherInTheSameProcess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.letters.Park(t.Context(), deadletter.Letter{ID: "billing.0", Failures: []deadletter.Failure{}}))
	for range 2 {
		c := f.start(t, func(context.Context, cloudevent.Event) error { return nil })
		f.requireMetrics(t, 0, 0, 1)
		problems, err := testutil.GatherAndLint(f.registry)
		require.NoError(t, err)
		require.Empty(t, problems)
		stop(t, c)
		stop(t, c)
	}
}

func TestStartFailsWhereTheBrokerIsAway(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.broker.Close())
	c := messaging.NewConsumer(f.options)
	c.Handle(topic, nil)
	require.ErrorContains(t, c.Start(t.Context()), "start consumer of billing: cannot subscribe topic booking")
	stop(t, c)
}

// This test is not parallel: it counts the goroutines of the process.
func TestStopLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("start and stop", func(t *testing.T) {
		f := newFixture(t)
		handled := make(chan struct{})
		c := messaging.NewConsumer(f.options)
		c.Handle(topic, map[string]messaging.Handler{typ: func(context.Context, cloudevent.Event) error {
			handled <- struct{}{}
			return nil
		}})
		c.Broadcast("session", nil)
		require.NoError(t, c.Start(t.Context()))
		f.publish(t, newEvent("1", "a"))
		<-handled
		stop(t, c)
	})
	// One more is Eventually's own.
	if !assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, patience, 10*time.Millisecond) {
		require.NoError(t, pprof.Lookup("goroutine").WriteTo(t.Output(), 1))
	}
}

func stop(t *testing.T, c *messaging.Consumer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, c.Stop(ctx))
	require.NoError(t, ctx.Err(), "Stop took too long")
}
