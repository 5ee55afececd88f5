package containers_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// These say what the adapter and the stand-in do together, not what Amazon does.

func BenchmarkAWSPublish(b *testing.B) {
	broker := shareAWS(b).connect(b)
	measurePublish(b, broker, 1, 20, 200)
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
	acknowledgeNext(batches, b.N)
	require.NoError(b, <-published)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	require.NoError(b, subscriber.Close())
}
