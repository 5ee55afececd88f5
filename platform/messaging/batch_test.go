package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/messaging"
)

// startBatches runs a consumer with one handler of batches until the test ends.
func (f *fixture) startBatches(t testing.TB, pace time.Duration, h messaging.BatchHandler) *messaging.Consumer {
	t.Helper()
	c := messaging.NewConsumer(f.options)
	c.HandleBatches(topic, []string{typ}, pace, h)
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, c.Stop(context.Background())) })
	return c
}

// batches notes the ids of the batches a handler was called with.
type batches struct {
	mu    sync.Mutex
	calls [][]string
	at    []time.Time
}

func (b *batches) note(batch []cloudevent.Event) {
	ids := make([]string, len(batch))
	for i, e := range batch {
		ids[i] = e.ID
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls, b.at = append(b.calls, ids), append(b.at, time.Now())
}

func (b *batches) all() [][]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls)
}

func TestBatchHasAllThatCameMeanwhileInItsOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled batches
	entered, leave := make(chan struct{}, 1), make(chan struct{})
	c := f.startBatches(t, 0, func(_ context.Context, batch []cloudevent.Event) []error {
		handled.note(batch)
		select {
		case entered <- struct{}{}:
			<-leave
		default:
		}
		return nil
	})
	f.publish(t, newEvent("first", "a"))
	<-entered
	unknown := newEvent("unknown", "a")
	unknown.Type = "booking.unheard-of"
	want := []string{"first"}
	for i := range 100 {
		want = append(want, fmt.Sprint(i))
		f.publish(t, newEvent(fmt.Sprint(i), fmt.Sprint(i%3)), unknown)
	}
	close(leave)
	awaitIdle(t, c)
	require.Less(t, len(handled.all()), 50, "hardly any batch has several messages")
	require.Equal(t, want, slices.Concat(handled.all()...))
	require.Len(t, f.spans.Ended(), 101, "a message has no span, or more than one")
}

func TestOnlyWhatFailedInABatchIsTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.options.Retry.Initial = 300 * time.Millisecond
	var handled batches
	var failed sync.Once
	gate := make(chan struct{})
	c := f.startBatches(t, 0, func(_ context.Context, batch []cloudevent.Event) []error {
		<-gate
		handled.note(batch)
		errs := make([]error, len(batch))
		for i, e := range batch {
			if e.ID == "bad" {
				failed.Do(func() { errs[i] = errors.New("not yet") })
			}
		}
		return errs
	})
	f.publish(t, newEvent("1", "a"), newEvent("bad", "b"), newEvent("2", "c"))
	close(gate)
	require.Eventually(t, func() bool { return len(slices.Concat(handled.all()...)) >= 3 }, patience, time.Millisecond)
	f.publish(t, newEvent("after bad", "b"), newEvent("3", "a"))
	awaitIdle(t, c)
	order := slices.Concat(handled.all()...)
	require.ElementsMatch(t, []string{"1", "2", "3", "bad", "bad", "after bad"}, order)
	require.Equal(t, []string{"bad", "after bad"}, order[len(order)-2:], "the failed one's key did not wait, or others did")
	f.requireNoLetter(t)
	f.requireMetrics(t, 1, 0, 0)
	require.Len(t, f.spans.Ended(), 5, "one span a message for all attempts")
}

func TestPanicInABatchParksTheCulpritAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var handled recorder
	gate := make(chan struct{})
	c := f.startBatches(t, 0, func(_ context.Context, batch []cloudevent.Event) []error {
		<-gate
		for _, e := range batch {
			if e.ID == "bad" {
				panic("index out of range")
			}
		}
		for _, e := range batch {
			handled.note(e.ID)
		}
		return nil
	})
	f.publish(t, newEvent("1", "a"), newEvent("bad", "b"), newEvent("2", "c"))
	close(gate)
	letter := f.awaitLetter(t)
	require.Equal(t, "billing.bad", letter.ID)
	require.Equal(t, "panic: index out of range", letter.Failures[0].Error)
	awaitIdle(t, c)
	require.ElementsMatch(t, []string{"1", "2"}, handled.all())
}

func TestPaceMakesBatchesOfABurstAndDelaysNoSingleMessage(t *testing.T) {
	t.Parallel()
	const pace = 200 * time.Millisecond
	f := newFixture(t)
	var handled batches
	c := f.startBatches(t, pace, func(_ context.Context, batch []cloudevent.Event) []error {
		handled.note(batch)
		return nil
	})
	for i := range 60 {
		f.publish(t, newEvent(fmt.Sprint(i), fmt.Sprint(i)))
		<-time.After(10 * time.Millisecond)
	}
	awaitIdle(t, c)
	handled.mu.Lock()
	defer handled.mu.Unlock()
	require.Len(t, handled.calls[0], 1, "the first message waited for others")
	for i, at := range handled.at[1:] {
		require.GreaterOrEqual(t, at.Sub(handled.at[i]), pace/2) // loose: what is measured is when the handler got to run
	}
}

func TestStoreOperationOfABatchIsInTheTraceOfEachMessage(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	gate := make(chan struct{})
	c := f.startBatches(t, 0, func(ctx context.Context, _ []cloudevent.Event) []error {
		<-gate
		_, end := f.options.Telemetry.StartDB(ctx, "sqlite", "UPDATE", "seats")
		end(nil)
		return nil
	})
	f.publish(t, newEvent("0", "a"))
	for i := 1; i <= 10; i++ {
		e := newEvent(fmt.Sprint(i), fmt.Sprint(i))
		e.Trace = fmt.Sprintf("00-%032x-b7ad6b7169203331-01", i)
		f.publish(t, e)
	}
	close(gate)
	awaitIdle(t, c)
	process := map[string]sdktrace.ReadOnlySpan{}
	var store []sdktrace.ReadOnlySpan
	for _, s := range f.spans.Ended() {
		if s.Name() == "UPDATE seats" {
			store = append(store, s)
		} else {
			process[s.SpanContext().SpanID().String()] = s
		}
	}
	require.Len(t, process, 11)
	require.Len(t, store, 11)
	for _, s := range store {
		parent := process[s.Parent().SpanID().String()]
		require.NotNil(t, parent)
		require.Equal(t, parent.SpanContext().TraceID(), s.SpanContext().TraceID())
		delete(process, s.Parent().SpanID().String())
	}
}
