package tracing_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/telemetry/tracing"
)

// sink is an exporter that can be closed like a tap, and fail.
type sink struct {
	tap     chan struct{} // full: exports wait
	permits chan struct{} // each export takes one; nil: it needs none
	failing atomic.Bool
	mu      sync.Mutex
	batches []int
	ended   bool
}

func (s *sink) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	select {
	case s.tap <- struct{}{}:
		<-s.tap
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.permits != nil {
		<-s.permits
	}
	if s.failing.Load() {
		return errors.New("nobody listens")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, len(spans))
	return nil
}

func newSink() *sink { return &sink{tap: make(chan struct{}, 1)} }

func (s *sink) closeTap() { s.tap <- struct{}{} }

func (s *sink) openTap() { <-s.tap }

func (s *sink) Shutdown(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	return nil
}

func (s *sink) sizes() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int(nil), s.batches...)
}

func (s *sink) total() (n int) {
	for _, size := range s.sizes() {
		n += size
	}
	return n
}

// queueing is a queue under test with all around it.
type queueing struct {
	*tracing.Queue
	sink     *sink
	registry *prometheus.Registry
	logs     *bytes.Buffer
}

// newQueue returns a queue for 8 spans, in batches of 4, that has not started yet.
func newQueue(t *testing.T, delay time.Duration) queueing {
	t.Helper()
	q := queueing{sink: newSink(), registry: prometheus.NewPedanticRegistry(), logs: &bytes.Buffer{}}
	var err error
	q.Queue, err = tracing.NewQueue(tracing.QueueOptions{
		Exporter: q.sink, Size: 8, Batch: 4, Delay: delay, ExportTimeout: time.Minute, Registerer: q.registry, Log: zerolog.New(q.logs),
	})
	require.NoError(t, err)
	return q
}

func startQueue(t *testing.T, delay time.Duration) queueing {
	t.Helper()
	q := newQueue(t, delay)
	require.NoError(t, q.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, q.Shutdown(context.Background())) })
	return q
}

func (q queueing) end(n int) {
	for range n {
		q.OnEnd(ended)
	}
}

var ended = tracetest.SpanStub{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
	TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled,
})}.Snapshot()

// counts returns how many spans wait, were exported, and were dropped for each reason.
func (q queueing) counts(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := q.registry.Gather()
	require.NoError(t, err)
	counts := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "myevents_spans_")
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			counts[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return counts
}

func TestFullBatchDoesNotWaitForTheDelay(t *testing.T) {
	t.Parallel()
	q := startQueue(t, time.Hour)
	q.end(5)
	require.Eventually(t, func() bool { return q.sink.total() == 4 }, 5*time.Second, time.Millisecond)
	require.InDelta(t, 1, q.counts(t)["queued"], 0, "the fifth waits for company")
}

func TestLonelySpanWaitsForTheDelayOnly(t *testing.T) {
	t.Parallel()
	q := startQueue(t, time.Millisecond)
	q.end(1)
	require.Eventually(t, func() bool { return q.sink.total() == 1 }, 5*time.Second, time.Millisecond)
}

func TestBatchThatFilledDuringAnExportIsNotForgotten(t *testing.T) {
	t.Parallel()
	q := newQueue(t, time.Hour)
	q.sink.permits = make(chan struct{}, 10)
	require.NoError(t, q.Start(t.Context()))
	waiting := func(n float64) func() bool { return func() bool { return q.counts(t)["queued"] == n } }
	q.end(4)
	require.Eventually(t, waiting(0), 5*time.Second, time.Millisecond, "the first batch is under way")
	q.end(8)
	q.sink.permits <- struct{}{}
	require.Eventually(t, waiting(4), 5*time.Second, time.Millisecond, "the second is")
	q.end(4) // fills no batch anew: there was a full one before, and there are two now
	for range 3 {
		q.sink.permits <- struct{}{}
	}
	require.Eventually(t, func() bool { return q.sink.total() == 16 }, 5*time.Second, time.Millisecond)
	require.NoError(t, q.Shutdown(t.Context()))
}

func TestFullQueueDropsAndCounts(t *testing.T) {
	t.Parallel()
	q := newQueue(t, time.Hour)
	q.end(11) // nothing takes them away yet
	require.Equal(t, map[string]float64{
		"queued": 8, "queue_limit": 8, "exported_total": 0,
		"dropped_total queue-full": 3, "dropped_total export-failed": 0, "dropped_total shut-down": 0,
	}, q.counts(t))
	require.NoError(t, q.Start(t.Context()))
	require.NoError(t, q.Shutdown(t.Context()))
	require.Equal(t, []int{4, 4}, q.sink.sizes())
}

func TestSpansNotSampledAreNotTaken(t *testing.T) {
	t.Parallel()
	q := newQueue(t, time.Hour)
	q.OnEnd(tracetest.SpanStub{SpanContext: ended.SpanContext().WithTraceFlags(0)}.Snapshot())
	require.Zero(t, q.counts(t)["queued"])
}

func TestShutdownLosesNothing(t *testing.T) {
	t.Parallel()
	q := newQueue(t, time.Hour)
	require.NoError(t, q.Start(t.Context()))
	q.end(7)
	require.NoError(t, q.Shutdown(t.Context()))
	require.NoError(t, q.Shutdown(t.Context()))
	require.Equal(t, 7, q.sink.total())
	require.True(t, q.sink.ended)

	q.end(2)
	require.InDelta(t, 2, q.counts(t)["dropped_total shut-down"], 0)
}

func TestShutdownBeforeStartCountsWhatWaited(t *testing.T) {
	t.Parallel()
	q := newQueue(t, time.Hour)
	q.end(2)
	require.NoError(t, q.Shutdown(t.Context()))
	require.InDelta(t, 2, q.counts(t)["dropped_total shut-down"], 0)
	require.True(t, q.sink.ended)
}

func TestShutdownHonoursItsDeadline(t *testing.T) {
	t.Parallel()
	q := newQueue(t, time.Hour)
	require.NoError(t, q.Start(t.Context()))
	q.sink.closeTap() // nobody answers
	defer q.sink.openTap()
	q.end(7)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, q.Shutdown(ctx), context.DeadlineExceeded)
	require.Eventually(t, func() bool { return q.counts(t)["dropped_total export-failed"] == 7 }, 5*time.Second, time.Millisecond)
}

func TestForceFlush(t *testing.T) {
	t.Parallel()
	q := startQueue(t, time.Hour)
	q.end(6)
	require.NoError(t, q.ForceFlush(t.Context()))
	require.Equal(t, 6, q.sink.total())

	q.sink.closeTap()
	q.end(1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, q.ForceFlush(ctx), context.DeadlineExceeded)
	q.sink.openTap()
	require.NoError(t, q.ForceFlush(t.Context()))
	require.Equal(t, 7, q.sink.total())
}

func TestOutageIsOneLineAndEverySpanIsCounted(t *testing.T) {
	t.Parallel()
	q := startQueue(t, time.Hour)
	q.sink.failing.Store(true)
	for range 3 {
		q.end(5)
		require.NoError(t, q.ForceFlush(t.Context()))
	}
	q.sink.failing.Store(false)
	q.end(1)
	require.NoError(t, q.ForceFlush(t.Context()))

	require.Equal(t, 2, strings.Count(q.logs.String(), "\n"), q.logs)
	require.Equal(t, 1, strings.Count(q.logs.String(), `"warn"`), q.logs)
	require.Contains(t, q.logs.String(), `"spans.dropped":15`)
	counts := q.counts(t)
	require.InDelta(t, 15, counts["dropped_total export-failed"], 0)
	require.InDelta(t, 1, counts["exported_total"], 0)
}

func TestEverySpanIsExportedOrCounted(t *testing.T) {
	t.Parallel()
	q := newQueue(t, time.Millisecond)
	require.NoError(t, q.Start(t.Context()))
	const goroutines, each = 8, 2_000
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() { q.end(each) })
	}
	all.Wait()
	require.NoError(t, q.Shutdown(t.Context()))
	counts := q.counts(t)
	require.InDelta(t, goroutines*each, counts["exported_total"]+counts["dropped_total queue-full"], 0)
	require.InDelta(t, float64(q.sink.total()), counts["exported_total"], 0)
}

func TestMetricsAreLintFree(t *testing.T) {
	t.Parallel()
	problems, err := testutil.GatherAndLint(newQueue(t, time.Hour).registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestEndingASpanAllocatesNothing(t *testing.T) {
	q := newQueue(t, time.Hour)
	require.Zero(t, testing.AllocsPerRun(4, func() { q.OnEnd(ended) }))
}

func BenchmarkOnEnd(b *testing.B) {
	q, err := tracing.NewQueue(tracing.QueueOptions{
		Exporter: newSink(), Size: 8192, Batch: 512, Delay: time.Second, ExportTimeout: time.Second, Registerer: prometheus.NewRegistry(),
	})
	require.NoError(b, err)
	require.NoError(b, q.Start(b.Context()))
	b.ReportAllocs()
	for b.Loop() {
		q.OnEnd(ended)
	}
	require.NoError(b, q.Shutdown(context.Background()))
}
