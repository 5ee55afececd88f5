package outbox_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/telemetry"
)

// batch is as many messages as a relay publishes without resting.
const batch = 512

// BenchmarkRelay measures what the relay adds to publishing a message.
func BenchmarkRelay(b *testing.B) {
	for name, processor := range map[string]sdktrace.SpanProcessor{
		"untraced": nil, "traced": sdktrace.NewSimpleSpanProcessor(tracetest.NewNoopExporter()),
	} {
		b.Run(name, func(b *testing.B) {
			options := telemetry.Options{Service: "w", Logs: io.Discard, Registry: prometheus.NewRegistry()}
			if processor != nil {
				options.SpanProcessors = []sdktrace.SpanProcessor{processor}
			}
			tel, err := telemetry.New(options)
			require.NoError(b, err)
			b.ReportAllocs()
			l := newPlenty(b)
			begun := cpu(b)
			b.ResetTimer()
			r := outbox.NewRelay(outbox.RelayOptions{
				Service: "w", Log: l, Publisher: l, Telemetry: tel, Clock: time.Now,
			})
			require.NoError(b, r.Start(b.Context()))
			<-l.done
			b.StopTimer()
			b.ReportMetric(float64(cpu(b)-begun)/float64(b.N), "cpu-ns/op")
			require.NoError(b, r.Stop(b.Context()))
		})
	}
}

// plenty is a log that has a batch whenever it is asked, and a broker that takes them all.
type plenty struct {
	entries   []outbox.Entry
	appended  chan struct{}
	published atomic.Int64
	want      int64
	done      chan struct{}
}

func newPlenty(b *testing.B) *plenty {
	p := &plenty{appended: make(chan struct{}), want: int64(b.N), done: make(chan struct{})}
	close(p.appended)
	for i := range batch {
		p.entries = append(p.entries, entry(b, i))
	}
	return p
}

func entry(b *testing.B, i int) outbox.Entry {
	id := fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", i)
	e, err := cloudevent.New(id+".1", "/w", "booking.confirmed", id, time.Now(), strings.Repeat("x", 400))
	require.NoError(b, err)
	e.Trace = cause
	document, err := e.Encode()
	require.NoError(b, err)
	return outbox.NewEntry("booking", e, document)
}

func (p *plenty) Newest(int64, int) ([]outbox.Entry, bool) {
	left := max(0, p.want-p.published.Load())
	return p.entries[:min(left, batch)], true
}

func (p *plenty) Appended() <-chan struct{} { return p.appended }

func (p *plenty) Publish(_ string, messages ...*message.Message) error {
	if p.published.Add(int64(len(messages))) == p.want {
		close(p.done)
	}
	return nil
}

func (p *plenty) Close() error { return nil }

func (p *plenty) Read(context.Context, int64, int) ([]outbox.Entry, error) { return nil, nil }

func (p *plenty) Pending(context.Context, int64) (int, time.Time, error) { return 0, time.Time{}, nil }

func (p *plenty) Cursor(context.Context) (int64, error) { return 0, nil }

func (p *plenty) SaveCursor(context.Context, int64) error { return nil }

// cpu is the processor time the process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
