package messaging_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/messaging"
)

// BenchmarkConsumer takes published messages through the whole chain: broker, router, decoding, span, handler, ack.
func BenchmarkConsumer(b *testing.B) {
	f := newFixture(b)
	events := make([]cloudevent.Event, b.N)
	for i := range events {
		events[i] = newEvent(fmt.Sprint(i), fmt.Sprintf("event%d", i%100))
	}
	for batch := range slices.Chunk(events, 200) {
		f.publish(b, batch...)
	}
	var left sync.WaitGroup
	left.Add(b.N)
	b.ReportAllocs()
	b.ResetTimer()
	c := messaging.NewConsumer(f.options)
	c.Handle(topic, map[string]messaging.Handler{typ: func(context.Context, cloudevent.Event) error {
		left.Done()
		return nil
	}})
	require.NoError(b, c.Start(b.Context()))
	left.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	require.NoError(b, c.Stop(context.Background()))
}
