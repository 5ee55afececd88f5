package containers_test

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/kafka"
)

// A server of its own: it has a hard time.
func TestKafkaComesBack(t *testing.T) {
	t.Parallel()
	part := containers.Kafka()
	part.Name = "kafka-harmed"
	part.Env["KAFKA_ADVERTISED_LISTENERS"] = "PLAINTEXT://kafka-harmed:9092"
	server, err := containers.Start(t.Context(), part)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Remove(context.Background())) })
	server.LogOnFailure(t)
	comesBack(t, server, 7*time.Second, func(t *testing.T) messaging.Broker {
		k := &kafkaCluster{server, fmt.Sprintf("test%d.", kafkaPrefixes.Add(1))}
		return k.connect(t, k.dial)
	})
}

func TestKafkaLosesNothingWhileInstancesComeAndGo(t *testing.T) {
	t.Parallel()
	k := shareKafka(t)
	b := k.connect(t, k.dial)
	staying := receive(t, durable(t, b, "billing"))
	load := publishUntilStopped(t, b)
	var gone []*inbox
	for range 3 {
		s := durable(t, k.connect(t, k.dial), "billing")
		in := receive(t, s)
		in.awaitSome(t)
		require.NoError(t, s.Close())
		gone = append(gone, in)
	}
	published := load.stop()
	staying.await(t, published, gone...)
	// Nobody died: each message was settled before its partition went to another instance.
	requireOnce(t, append(gone, staying)...)
}

func requireOnce(t *testing.T, inboxes ...*inbox) {
	t.Helper()
	seen := map[string]int{}
	for _, in := range inboxes {
		for _, id := range in.received() {
			seen[id]++
		}
	}
	for id, n := range seen {
		require.Equal(t, 1, n, "message %s was delivered again", id)
	}
}

func TestKafkaReplaysForANewService(t *testing.T) {
	t.Parallel()
	k := shareKafka(t)
	b := k.connect(t, k.dial)
	load := publishUntilStopped(t, b)
	receive(t, durable(t, b, "billing")).awaitSome(t)
	published := load.stop()
	replay := receive(t, durable(t, b, "billing-2"))
	replay.await(t, published)
	requireOnce(t, replay)
}

// Longer than the servers wait for a sign of life, and while another instance joins.
func TestKafkaLeavesAMessageWithASlowHandler(t *testing.T) {
	t.Parallel()
	k := shareKafka(t)
	b := k.connect(t, k.dial)
	s := durable(t, b, "billing")
	batches, err := s.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	require.NoError(t, b.Publisher().Publish("test", keyed("slow", "a")))
	held := <-batches
	other := receive(t, durable(t, k.connect(t, k.dial), "billing"))
	require.Never(t, func() bool { return len(other.received()) > 0 }, 9*time.Second, 100*time.Millisecond)
	held[0].Ack()
	require.NoError(t, s.Close())
	require.NoError(t, b.Publisher().Publish("test", keyed("next", "a")))
	other.await(t, []string{"next"})
	require.Equal(t, []string{"next"}, other.received())
}

func TestKafkaDoesNotForgetWhatIsNotSettled(t *testing.T) {
	t.Parallel()
	k := shareKafka(t)
	mortal := newLine(t, k.server.Address("9092/tcp"))
	dying := durable(t, k.connect(t, k.through(mortal)), "billing")
	batches, err := dying.Subscribe(t.Context(), "test")
	require.NoError(t, err)
	b := k.connect(t, k.dial)
	const count, stuck = 50, 20
	require.NoError(t, b.Publisher().Publish("test", numbered(count)...))
	acknowledgeAllBut(batches, count, fmt.Sprint(stuck))
	require.Eventually(t, func() bool { return pendingOf(t, dying) == count-stuck }, patience, 10*time.Millisecond)
	mortal.die()
	after := receive(t, durable(t, b, "billing"))
	after.await(t, []string{fmt.Sprint(stuck), fmt.Sprint(count - 1)})
	require.Len(t, after.received(), count-stuck)
}

func TestKafkaCountsWhatIsPending(t *testing.T) {
	t.Parallel()
	k := shareKafka(t)
	b := k.connect(t, k.dial)
	for name, s := range map[string]messaging.Subscriber{"durable": durable(t, b, "billing"), "broadcast": broadcaster(t, b)} {
		t.Run(name, func(t *testing.T) {
			batches, err := s.Subscribe(t.Context(), "test")
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			for range 10 {
				require.NoError(t, b.Publisher().Publish("test", keyed("1", "a"), keyed("2", "b"), keyed("3", "c")))
				require.GreaterOrEqual(t, pendingOf(t, s), 3)
				require.Eventually(t, func() bool {
					select {
					case batch := <-batches:
						for _, d := range batch {
							d.Ack()
						}
					default:
					}
					return pendingOf(t, s) == 0
				}, patience, 10*time.Millisecond)
			}
		})
	}
}

// What another program finds in a topic: keys that decide the partition, and documents that say what they are.
func TestKafkaTopicsAreMadeForOthersToo(t *testing.T) {
	t.Parallel()
	k := shareKafka(t)
	b := k.connect(t, k.dial)
	require.NoError(t, b.Publisher().Publish("test", keyed("1", "a"), keyed("2", "b"), keyed("3", "a"), keyed("4", "")))

	config := sarama.NewConfig()
	config.Net.Proxy.Enable = true
	config.Net.Proxy.Dialer = kafkaDialer(func(network, address string) (net.Conn, error) {
		return k.dial(t.Context(), network, address)
	})
	other, err := sarama.NewConsumer([]string{"kafka:9092"}, config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	partitions, err := other.Partitions(k.prefix + "test")
	require.NoError(t, err)
	require.Len(t, partitions, kafka.DefaultPartitions)
	records := make(chan *sarama.ConsumerMessage)
	for _, p := range partitions {
		partition, err := other.ConsumePartition(k.prefix+"test", p, 0)
		require.NoError(t, err)
		go func() { // ends with the partition
			for r := range partition.Messages() {
				records <- r
			}
		}()
		t.Cleanup(partition.AsyncClose)
	}
	found := map[string]*sarama.ConsumerMessage{}
	for range 4 {
		r := <-records
		found[string(r.Value)] = r
		require.Len(t, r.Headers, 1)
		require.Equal(t, "content-type: application/cloudevents+json; charset=UTF-8", fmt.Sprintf("%s: %s", r.Headers[0].Key, r.Headers[0].Value))
	}
	require.Equal(t, "a", string(found["1"].Key))
	require.Equal(t, "b", string(found["2"].Key))
	require.Equal(t, found["1"].Partition, found["3"].Partition)
	require.Less(t, found["1"].Offset, found["3"].Offset)
	require.Nil(t, found["4"].Key)
}

type kafkaDialer func(network, address string) (net.Conn, error)

func (d kafkaDialer) Dial(network, address string) (net.Conn, error) { return d(network, address) }

// This test is not parallel: it counts the goroutines of the process.
func TestKafkaCloseLeavesNoGoroutine(t *testing.T) {
	k := shareKafka(t)
	options := k.options(t, k.dial)
	leavesNoGoroutine(t, func() messaging.Broker {
		b, err := kafka.New(t.Context(), options)
		require.NoError(t, err)
		return b
	})
}
