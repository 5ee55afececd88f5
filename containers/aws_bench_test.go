package containers_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// These say what the adapter and the stand-in do together, not what Amazon does.

func BenchmarkAWSPublish(b *testing.B) {
	broker := shareAWS(b).connect(b)
	for _, size := range []int{1, 20, 200} {
		b.Run(fmt.Sprint("batches of ", size), func(b *testing.B) {
			messages := benchMessages(b.N)
			b.ReportAllocs()
			b.ResetTimer()
			publishInBatches(b, broker, messages, size)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

// BenchmarkAWSConsume receives and acknowledges messages while they are published: the stand-in gets slow with what waits.
func BenchmarkAWSConsume(b *testing.B) {
	broker := shareAWS(b).connect(b)
	subscriber, err := broker.Subscriber("bench")
	require.NoError(b, err)
	batches, err := subscriber.Subscribe(b.Context(), "bench")
	require.NoError(b, err)
	messages := benchMessages(b.N)
	b.ReportAllocs()
	b.ResetTimer()
	published := make(chan error, 1)
	go func() { published <- broker.Publisher().Publish("bench", messages...) }()
	for left := b.N; left > 0; {
		batch := <-batches
		left -= len(batch)
		for _, d := range batch {
			d.Ack()
		}
	}
	require.NoError(b, <-published)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	require.NoError(b, subscriber.Close())
}
