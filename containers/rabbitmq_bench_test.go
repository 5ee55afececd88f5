package containers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkRabbitMQPublish is one relay that publishes batches to a topic with one queue.
func BenchmarkRabbitMQPublish(b *testing.B) {
	broker := connectRabbitMQ(b, shareRabbitMQ(b)+"?prefetch=1")
	subscriber, err := broker.Subscriber("bench")
	require.NoError(b, err)
	_, err = subscriber.Subscribe(b.Context(), "bench") // makes the queue, and takes next to nothing from it
	require.NoError(b, err)
	measurePublish(b, broker, 1, 20, 200, 512)
	require.NoError(b, subscriber.Close())
}

// BenchmarkRabbitMQConsume receives and acknowledges what was published before.
func BenchmarkRabbitMQConsume(b *testing.B) {
	url := shareRabbitMQ(b)
	broker := connectRabbitMQ(b, url)
	first, err := broker.Subscriber("bench") // makes the queue
	require.NoError(b, err)
	_, err = first.Subscribe(b.Context(), "bench")
	require.NoError(b, err)
	require.NoError(b, first.Close())
	publishInBatches(b, broker, benchMessages(b.N), 512)
	subscriber, err := broker.Subscriber("bench")
	require.NoError(b, err)
	b.ReportAllocs()
	b.ResetTimer()
	batches, err := subscriber.Subscribe(b.Context(), "bench")
	require.NoError(b, err)
	acknowledgeNext(batches, b.N)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	require.NoError(b, subscriber.Close())
}
