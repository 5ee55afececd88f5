package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/sqlite"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/platform/telemetry"
)

const cause = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// writer is a store with an outbox, and the relay's surroundings.
type writer struct {
	t        *testing.T
	db       *sqlite.DB
	log      *log.Log
	broker   *broker
	spans    *tracetest.InMemoryExporter
	registry *prometheus.Registry

	mu  sync.Mutex
	now time.Time
}

func newWriter(t *testing.T) *writer {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "w.db"), Service: "w", Schema: log.Schema})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return &writer{
		t: t, db: db, log: log.NewLog(db), broker: &broker{}, spans: tracetest.NewInMemoryExporter(),
		now: time.Date(2031, 5, 17, 12, 0, 0, 0, time.UTC),
	}
}

// write appends a message for each of the ids, in one row.
func (w *writer) write(topic string, ids ...string) {
	w.t.Helper()
	events := make([]cloudevent.Event, len(ids))
	for i, id := range ids {
		e, err := cloudevent.New(id, "/w", topic+".changed", "subject-of-"+id, w.clock(), map[string]string{"id": id})
		require.NoError(w.t, err)
		e.Trace = cause
		events[i] = e
	}
	require.NoError(w.t, w.db.Write(w.t.Context(), func(tx *sqlite.Tx) error { return w.log.Append(tx, topic, events...) }))
}

func (w *writer) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *writer) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// relay starts a relay that is stopped with the test.
func (w *writer) relay(lag time.Duration) *outbox.Relay {
	w.t.Helper()
	return w.relayOf(w.log, lag)
}

func (w *writer) relayOf(l outbox.Log, lag time.Duration) *outbox.Relay {
	w.t.Helper()
	w.registry = prometheus.NewRegistry()
	t, err := telemetry.New(telemetry.Options{
		Service: "w", Logs: io.Discard, Registry: w.registry,
		SpanProcessors: []sdktrace.SpanProcessor{sdktrace.NewSimpleSpanProcessor(w.spans)},
	})
	require.NoError(w.t, err)
	r := outbox.NewRelay(outbox.RelayOptions{
		Service: "w", Log: l, Publisher: w.broker, SyncLag: lag, Telemetry: t, Clock: w.clock,
	})
	require.NoError(w.t, r.Start(w.t.Context()))
	w.t.Cleanup(func() { _ = r.Stop(context.Background()) })
	return r
}

func (w *writer) requirePublished(ids ...string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return len(w.broker.ids()) >= len(ids) }, 10*time.Second, time.Millisecond)
	require.Equal(w.t, ids, w.broker.ids())
}

// broker is a publisher that remembers, and that can be away.
type broker struct {
	mu        sync.Mutex
	slow      time.Duration // what each call takes
	away      bool
	refused   int
	published []*message.Message
	topics    []string
}

func (b *broker) Publish(topic string, messages ...*message.Message) error {
	<-time.After(b.slow)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		b.refused++
		return fault.Away("broker", errors.New("cable cut"))
	}
	for _, m := range messages {
		b.published = append(b.published, m)
		b.topics = append(b.topics, topic)
	}
	return nil
}

func (b *broker) Close() error { return nil }

func (b *broker) setAway(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

func (b *broker) ids() (ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.published {
		ids = append(ids, m.UUID)
	}
	return ids
}

func (b *broker) attempts() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refused
}

func TestRelayPublishesInOrderAndContinuesTheTrace(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.write("event", "a", "b")
	w.write("location", "c")
	r := w.relay(0)
	w.write("event", "d")
	w.requirePublished("a", "b", "c", "d")
	require.Equal(t, []string{"event", "event", "location", "event"}, w.broker.topics)
	require.NoError(t, r.Stop(t.Context()))

	spans := slices.DeleteFunc(w.spans.GetSpans(), func(s tracetest.SpanStub) bool { return s.SpanKind != trace.SpanKindProducer })
	require.Len(t, spans, 4)
	for i, m := range w.broker.published {
		e, err := cloudevent.Decode(m.Payload)
		require.NoError(t, err)
		require.Equal(t, m.UUID, e.ID)
		require.Equal(t, "subject-of-"+e.ID, m.Metadata.Get(messaging.MetadataSubject))
		require.Equal(t, "publish "+e.Type, spans[i].Name)
		require.Equal(t, "00f067aa0ba902b7", spans[i].Parent.SpanID().String(), "child of what wrote the message")
		require.Equal(t, "00-4bf92f3577b34da6a3ce929d0e0e4736-"+spans[i].SpanContext.SpanID().String()+"-01", e.Trace, "parent of the consumers")
	}
}

func TestRelayTriesAgainUntilTheBrokerIsBack(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.broker.setAway(true)
	r := w.relay(0)
	w.write("event", "a", "b")
	w.write("event", "c")
	require.Eventually(t, func() bool { return w.broker.attempts() > 1 }, 10*time.Second, time.Millisecond)
	pending, err := r.Pending(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, pending)
	require.NoError(t, testutil.GatherAndCompare(w.registry, strings.NewReader(`
		# HELP outbox_oldest_pending_timestamp_seconds When the oldest pending message was written; 0 where none is pending.
		# TYPE outbox_oldest_pending_timestamp_seconds gauge
		outbox_oldest_pending_timestamp_seconds{service="w"} 1.9367856e+09
		# HELP outbox_pending_messages Messages the broker has not acknowledged yet.
		# TYPE outbox_pending_messages gauge
		outbox_pending_messages{service="w"} 3
	`), "outbox_pending_messages", "outbox_oldest_pending_timestamp_seconds"))

	w.broker.setAway(false)
	w.requirePublished("a", "b", "c")
	require.NoError(t, r.Stop(t.Context()))
	require.NoError(t, testutil.GatherAndCompare(w.registry, strings.NewReader(`
		# HELP outbox_oldest_pending_timestamp_seconds When the oldest pending message was written; 0 where none is pending.
		# TYPE outbox_oldest_pending_timestamp_seconds gauge
		outbox_oldest_pending_timestamp_seconds{service="w"} 0
		# HELP outbox_pending_messages Messages the broker has not acknowledged yet.
		# TYPE outbox_pending_messages gauge
		outbox_pending_messages{service="w"} 0
		# HELP outbox_published_total Messages the broker has acknowledged.
		# TYPE outbox_published_total counter
		outbox_published_total{service="w"} 3
	`), "outbox_pending_messages", "outbox_oldest_pending_timestamp_seconds", "outbox_published_total"))
}

func TestRelayGoesOnWhereTheLastOneWasStopped(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.write("event", "a", "b")
	require.NoError(t, w.relay(0).Stop(t.Context()), "publishes what is pending")
	w.requirePublished("a", "b")
	w.write("event", "c")
	w.relay(0)
	w.requirePublished("a", "b", "c")
}

func TestRelayPublishesAgainWhatTheBrokerMayHaveLost(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.write("event", "a")
	r := w.relay(time.Minute)
	w.requirePublished("a")
	w.pass(time.Minute)
	require.Eventually(t, func() bool { // the acknowledgement may have been noted only now
		w.pass(time.Minute)
		cursor, err := w.log.Cursor(context.Background())
		return err == nil && cursor > 0
	}, 10*time.Second, time.Millisecond)
	w.write("event", "b", "c")
	w.requirePublished("a", "b", "c")
	require.NoError(t, r.Stop(t.Context()))
	w.relay(time.Minute)
	w.requirePublished("a", "b", "c", "b", "c")
}

func TestRelayGivesUpDrainingWhereTheBrokerIsAway(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.broker.setAway(true)
	r := w.relay(0)
	w.write("event", "a")
	require.NoError(t, r.Stop(t.Context()))
	require.NoError(t, r.Stop(t.Context()), "idempotent")
	w.broker.setAway(false)
	w.relay(0)
	w.requirePublished("a")
}

func TestRelayLeavesWhatASlowBrokerDoesNotTakeInTime(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.broker.slow = 5 * time.Millisecond
	var ids []string
	for i := range 400 { // by turns to two topics, so that each is a call of its own
		id := fmt.Sprintf("m%03d", i)
		w.write([]string{"event", "booking"}[i%2], id)
		ids = append(ids, id)
	}
	r := w.relay(0)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	require.NoError(t, r.Stop(ctx), "the rest of the time is for the others")
	require.NoError(t, ctx.Err())
	require.Less(t, len(w.broker.ids()), len(ids))
	w.broker.slow = 0
	w.relay(0)
	w.requirePublished(ids...)
}

// readings counts how often the table is read.
type readings struct {
	*log.Log
	n atomic.Int64
}

func (r *readings) Read(ctx context.Context, after int64, limit int) ([]outbox.Entry, error) {
	r.n.Add(1)
	return r.Log.Read(ctx, after, limit)
}

func TestRelayIsHandedWhatIsCommitted(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.write("event", "from before")
	table := &readings{Log: w.log}
	w.relayOf(table, 0)
	var want []string
	want = append(want, "from before")
	w.requirePublished(want...)
	w.write("event", "first", "of this run")
	want = append(want, "first", "of this run")
	w.requirePublished(want...)

	begun, before := time.Now(), table.n.Load()
	for i := range 20 { // each alone: it is told of every one
		want = append(want, fmt.Sprint("m", i))
		w.write("event", want[len(want)-1])
		w.requirePublished(want...)
	}
	require.Less(t, time.Since(begun), 15*time.Second, "woken, or it would take a second for each")
	require.Equal(t, before, table.n.Load(), "not read from the table")
}

func TestRelayReadsTheTableWhereItHasFallenBehind(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.broker.setAway(true)
	w.relay(0)
	var want []string
	for row := range 110 { // more messages than are kept in memory
		ids := make([]string, 50)
		for i := range ids {
			ids[i] = fmt.Sprint(row, "-", i)
		}
		want = append(want, ids...)
		w.write("event", ids...)
	}
	w.broker.setAway(false)
	w.requirePublished(want...)
	w.write("event", "and then")
	w.requirePublished(append(want, "and then")...)
}

func TestRelayTellsOfItsBatchesInTracesOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.write("event", "a", "b")
	require.NoError(t, w.relay(0).Stop(t.Context()))
	spans := w.spans.GetSpans()
	require.Len(t, spans, 3)
	batch := spans[2]
	require.Equal(t, "relay w", batch.Name)
	require.False(t, batch.Parent.IsValid())
	require.NotEqual(t, spans[0].SpanContext.TraceID(), batch.SpanContext.TraceID())
	require.Len(t, batch.Links, 2)
	for i, link := range batch.Links {
		require.Equal(t, spans[i].SpanContext.SpanID(), link.SpanContext.SpanID())
	}
}

func TestFailureToPublishShowsInTheSpans(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.broker.setAway(true)
	w.write("event", "a")
	r := w.relay(0)
	require.Eventually(t, func() bool { return len(w.spans.GetSpans()) >= 2 }, 10*time.Second, time.Millisecond)
	require.NoError(t, r.Stop(t.Context()))
	for _, span := range w.spans.GetSpans()[:2] {
		require.Equal(t, codes.Error, span.Status.Code, span.Name)
		require.Contains(t, span.Attributes, attribute.String("error.type", "unavailable"), span.Name)
	}
}

func TestRelayPublishesMoreThanABatch(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	var want []string
	for row := range 40 {
		ids := make([]string, 50)
		for i := range ids {
			ids[i] = fmt.Sprint(row, "-", i)
		}
		want = append(want, ids...)
		w.write("event", ids...)
	}
	w.relay(0)
	w.requirePublished(want...)
}
