package nats_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
)

const (
	batchSize   = 200
	payloadSize = 600 // about what a booking.confirmed has
)

func benchMessages(n int) []*message.Message {
	messages := make([]*message.Message, n)
	payload := make([]byte, payloadSize)
	for i := range messages {
		messages[i] = message.NewMessage(fmt.Sprintf("0198c0de-0000-7000-8000-%012d", i), payload)
		messages[i].Metadata.Set(messaging.MetadataSubject, fmt.Sprintf("event%d", i%100))
	}
	return messages
}

func publishAll(b testing.TB, broker messaging.Broker, messages []*message.Message) {
	for batch := range slices.Chunk(messages, batchSize) {
		require.NoError(b, broker.Publisher().Publish("bench", batch...))
	}
}

// BenchmarkPublish is one relay that publishes batches.
func BenchmarkPublish(b *testing.B) {
	broker := connect(b, startServer(b, ""))
	messages := benchMessages(b.N)
	b.ResetTimer()
	b.ReportAllocs()
	publishAll(b, broker, messages)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkPublishOne is one message at a time, each acknowledged before the next.
func BenchmarkPublishOne(b *testing.B) {
	broker := connect(b, startServer(b, ""))
	messages := benchMessages(b.N)
	b.ResetTimer()
	for i := range messages {
		require.NoError(b, broker.Publisher().Publish("bench", messages[i]))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkConsume receives and acknowledges what was published before.
func BenchmarkConsume(b *testing.B) {
	broker := connect(b, startServer(b, ""))
	publishAll(b, broker, benchMessages(b.N))
	subscriber, err := broker.Subscriber("bench")
	require.NoError(b, err)
	b.ResetTimer()
	b.ReportAllocs()
	batches, err := subscriber.Subscribe(b.Context(), "bench")
	require.NoError(b, err)
	for left := b.N; left > 0; {
		batch := <-batches
		left -= len(batch)
		for _, d := range batch {
			d.Ack()
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	require.NoError(b, subscriber.Close())
}
