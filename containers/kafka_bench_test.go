package containers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkKafkaPublish is one relay that publishes batches.
func BenchmarkKafkaPublish(b *testing.B) {
	k := shareKafka(b)
	broker := k.connect(b, k.dial)
	publishInBatches(b, broker, benchMessages(1), 1) // makes the topic
	measurePublish(b, broker, 1, 20, 200)
}

// BenchmarkKafkaConsume receives and acknowledges what was published before.
func BenchmarkKafkaConsume(b *testing.B) {
	k := shareKafka(b)
	broker := k.connect(b, k.dial)
	publishInBatches(b, broker, benchMessages(b.N), 200)
	subscriber, err := broker.Subscriber("bench")
	require.NoError(b, err)
	b.ReportAllocs()
	batches, err := subscriber.Subscribe(b.Context(), "bench")
	require.NoError(b, err)
	first := <-batches // joining the group takes its time, which is not counted
	b.ResetTimer()
	acknowledge(first)
	acknowledgeNext(batches, b.N-len(first))
	b.StopTimer()
	b.ReportMetric(float64(b.N-len(first))/b.Elapsed().Seconds(), "msg/s")
	require.NoError(b, subscriber.Close())
}
