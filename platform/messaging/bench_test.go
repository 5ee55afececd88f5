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

// BenchmarkConsumer takes published messages through the whole chain: broker, decoding, span, handler, ack.
func BenchmarkConsumer(b *testing.B) {
	b.Run("one by one", func(b *testing.B) {
		benchmarkConsumer(b, func(c *messaging.Consumer, left *sync.WaitGroup) {
			c.Handle(topic, map[string]messaging.Handler{typ: func(context.Context, cloudevent.Event) error {
				left.Done()
				return nil
			}})
		})
	})
	b.Run("in batches", func(b *testing.B) {
		benchmarkConsumer(b, func(c *messaging.Consumer, left *sync.WaitGroup) {
			c.HandleBatches(topic, []string{typ}, 0, func(_ context.Context, batch []cloudevent.Event) []error {
				left.Add(-len(batch))
				return nil
			})
		})
	})
}

func benchmarkConsumer(b *testing.B, register func(*messaging.Consumer, *sync.WaitGroup)) {
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
	register(c, &left)
	require.NoError(b, c.Start(b.Context()))
	left.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	require.NoError(b, c.Stop(context.Background()))
}
