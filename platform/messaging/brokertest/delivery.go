package brokertest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging"
)

func deliversEverything(t *testing.T, h Harness) {
	b := h.Connect(t)
	in := open(t, h, subscriber(t, b, "billing"), ackAll)
	var all []string
	var publishers sync.WaitGroup
	for p := range 4 {
		batch := make([]*message.Message, 250)
		for i := range batch {
			batch[i] = outgoing(fmt.Sprintf("%d.%d", p, i), fmt.Sprintf("key%d", i%20))
		}
		all = append(all, ids(batch)...)
		publishers.Go(func() {
			publishInBatches(t, b, batch)
		})
	}
	publishers.Wait()
	await(t, all, in)
}

func deliversUnchanged(t *testing.T, h Harness) {
	b := h.Connect(t)
	batches, err := subscriber(t, b, "billing").Subscribe(t.Context(), topic)
	require.NoError(t, err)
	sent := message.NewMessage("id-1", []byte("{\"subject\":\"event-ü/1\"}\x00\r\n"))
	sent.Metadata.Set(messaging.MetadataSubject, "event-ü/1")
	publish(t, b, sent)
	got := <-batches
	require.Len(t, got, 1)
	require.Equal(t, []byte(sent.Payload), got[0].Payload())
	got[0].Ack()
}

func deliversNackedAgain(t *testing.T, h Harness) {
	b := h.Connect(t)
	in := open(t, h, subscriber(t, b, "billing"), func(id string, n int) bool { return id == "good" || n == 3 })
	publish(t, b, outgoing("bad", "a"), outgoing("good", "b"))
	await(t, []string{"bad", "good"}, in)
}

func keepsForAbsent(t *testing.T, h Harness) {
	first := h.Connect(t)
	before := open(t, h, subscriber(t, first, "billing"), ackAll)
	publish(t, first, outgoing("1", "a"))
	await(t, []string{"1"}, before)
	require.NoError(t, before.subscriber.Close())

	publish(t, first, outgoing("2", "a"), outgoing("3", "b"))
	after := open(t, h, subscriber(t, h.Connect(t), "billing"), ackAll)
	await(t, []string{"2", "3"}, after)
	require.NotContains(t, after.received(), "1", "an acknowledged message came back")
}

func fansOut(t *testing.T, h Harness) {
	billing1 := open(t, h, subscriber(t, h.Connect(t), "billing"), ackAll)
	billing2 := open(t, h, subscriber(t, h.Connect(t), "billing"), ackAll)
	b := h.Connect(t)
	shipping := open(t, h, subscriber(t, b, "shipping"), ackAll)
	messages := numbered(400, 40)
	publish(t, b, messages...)
	await(t, ids(messages), shipping)
	await(t, ids(messages), billing1, billing2)
	// A broker may deliver some twice when an instance comes or goes, but not all.
	deliveries := len(billing1.received()) + len(billing2.received())
	require.Less(t, deliveries, 3*len(messages)/2, "the instances of a service do not compete")
}

func survivesDeath(t *testing.T, h Harness) {
	messages := numbered(30, 30)
	mortal, die := h.ConnectMortal(t)
	taken, err := subscriber(t, mortal, "billing").Subscribe(t.Context(), topic)
	require.NoError(t, err)
	b := h.Connect(t)
	publish(t, b, messages...)
	<-taken // and never settled
	die()
	in := open(t, h, subscriber(t, b, "billing"), ackAll)
	await(t, ids(messages), in)
}

func survivesClose(t *testing.T, h Harness) {
	messages := numbered(100, 10)
	closing := subscriber(t, h.Connect(t), "billing")
	taken, err := closing.Subscribe(t.Context(), topic)
	require.NoError(t, err)
	b := h.Connect(t)
	publish(t, b, messages...)
	unfinished := <-taken
	closed := make(chan error, 1)
	go func() { closed <- closing.Close() }()
	for {
		for _, d := range unfinished {
			d.Nack()
		}
		var open bool
		if unfinished, open = <-taken; !open {
			break
		}
	}
	require.NoError(t, <-closed)
	in := open(t, h, subscriber(t, b, "billing"), ackAll)
	await(t, ids(messages), in)
}

func closesWhilePublishing(t *testing.T, h Harness) {
	in := open(t, h, subscriber(t, h.Connect(t), "billing"), ackAll)
	b := h.Connect(t)
	var (
		publishers   sync.WaitGroup
		mu           sync.Mutex
		acknowledged []string
	)
	begun := make(chan struct{}, 1000)
	for p := range 4 {
		publishers.Go(func() {
			for i := 0; ; i++ {
				m := outgoing(fmt.Sprintf("%d.%d", p, i), fmt.Sprint(p))
				if err := b.Publisher().Publish(topic, m); err != nil {
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, m.UUID)
				mu.Unlock()
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 20 {
		<-begun
	}
	require.NoError(t, b.Close())
	publishers.Wait()
	require.Error(t, b.Publisher().Publish(topic, outgoing("late", "a")))
	await(t, acknowledged, in)
}

func limitsSize(t *testing.T, h Harness) {
	b := h.Connect(t)
	batches, err := subscriber(t, b, "billing").Subscribe(t.Context(), topic)
	require.NoError(t, err)
	tooLarge := message.NewMessage("too-large", make([]byte, messaging.MaxSize+1))
	require.Equal(t, fault.Invalid, fault.KindOf(b.Publisher().Publish(topic, tooLarge)))
	largest := message.NewMessage("largest", bytes.Repeat([]byte("x"), messaging.MaxSize))
	publish(t, b, largest)
	got := <-batches
	require.Len(t, got, 1, "the refused message was delivered")
	require.Equal(t, []byte(largest.Payload), got[0].Payload())
	got[0].Ack()
}
