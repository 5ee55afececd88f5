package containers_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
)

// BenchmarkKafkaPublish is one relay that publishes batches.
func BenchmarkKafkaPublish(b *testing.B) {
	k := shareKafka(b)
	broker := k.connect(b, k.dial)
	publishInBatches(b, broker, benchMessages(1), 1) // makes the topic
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
	for left := b.N - len(first); left > 0; {
		batch := <-batches
		acknowledge(batch)
		left -= len(batch)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N-len(first))/b.Elapsed().Seconds(), "msg/s")
	require.NoError(b, subscriber.Close())
}

func acknowledge(batch []messaging.Delivery) {
	for _, d := range batch {
		d.Ack()
	}
}

func benchMessages(n int) []*message.Message {
	messages := make([]*message.Message, n)
	payload := make([]byte, 600) // about what a booking.confirmed has
	for i := range messages {
		messages[i] = message.NewMessage(fmt.Sprintf("0198c0de-0000-7000-8000-%012d", i), payload)
		messages[i].Metadata.Set(messaging.MetadataSubject, fmt.Sprintf("event%d", i%100))
	}
	return messages
}

func publishInBatches(b *testing.B, broker messaging.Broker, messages []*message.Message, size int) {
	b.Helper()
	for batch := range slices.Chunk(messages, size) {
		require.NoError(b, broker.Publisher().Publish("bench", batch...))
	}
}
