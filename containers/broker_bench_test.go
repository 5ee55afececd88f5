package containers_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
)

// measurePublish publishes messages to the topic bench in batches of each of the sizes.
func measurePublish(b *testing.B, broker messaging.Broker, sizes ...int) {
	b.Helper()
	for _, size := range sizes {
		b.Run(fmt.Sprint("batches of ", size), func(b *testing.B) {
			messages := benchMessages(b.N)
			b.ReportAllocs()
			b.ResetTimer()
			publishInBatches(b, broker, messages, size)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
		})
	}
}

func publishInBatches(b *testing.B, broker messaging.Broker, messages []*message.Message, size int) {
	b.Helper()
	for batch := range slices.Chunk(messages, size) {
		require.NoError(b, broker.Publisher().Publish("bench", batch...))
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

// acknowledgeNext takes that many messages, or a few more where the last batch brings them.
func acknowledgeNext(batches <-chan []messaging.Delivery, n int) {
	for n > 0 {
		batch := <-batches
		acknowledge(batch)
		n -= len(batch)
	}
}

func acknowledge(batch []messaging.Delivery) {
	for _, d := range batch {
		d.Ack()
	}
}
