package brokertest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/messaging"
)

// ledger notes the versions of each key in the order they were handled, as the read model of a service does: it applies
// only what is newer than what it has.
type ledger struct {
	mu      sync.Mutex
	applied map[string]int
	stale   []string // ids that came too late
}

func newLedger() *ledger { return &ledger{applied: map[string]int{}} }

// judge takes every message.
func (l *ledger) judge(id string, _ int) bool {
	key, number, _ := strings.Cut(id, "/")
	version, err := strconv.Atoi(number)
	if err != nil {
		panic(err) // the suite's own ids
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if version <= l.applied[key] {
		l.stale = append(l.stale, id)
		return true
	}
	l.applied[key] = version
	return true
}

func (l *ledger) state() (applied map[string]int, stale []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.applied), slices.Clone(l.stale)
}

func keepsOrder(t *testing.T, h Harness) {
	b := h.Connect(t)
	if !b.Features().KeyOrder {
		t.Skip("this kind of broker does not promise it; versions sort it out")
	}
	l := newLedger()
	in := open(t, h, subscriber(t, b, "billing"), l.judge)
	messages := numbered(1000, 10)
	publishInBatches(t, b, messages)
	await(t, ids(messages), in)
	_, stale := l.state()
	require.Empty(t, stale, "messages that came after a newer one of their key")
}

func sortsOut(t *testing.T, h Harness) {
	b := h.Connect(t)
	messages := numbered(600, 6)
	if !b.Features().SharedKeyOrder {
		rand.Shuffle(len(messages), func(i, j int) { messages[i], messages[j] = messages[j], messages[i] })
	}
	l := newLedger() // in a store that both instances write to
	first := open(t, h, subscriber(t, h.Connect(t), "billing"), l.judge)
	second := open(t, h, subscriber(t, h.Connect(t), "billing"), l.judge)
	publishInBatches(t, b, messages)
	await(t, ids(messages), first, second)
	applied, stale := l.state()
	for i := range 6 {
		require.Equal(t, 100, applied[fmt.Sprintf("key%d", i)])
	}
	if b.Features().SharedKeyOrder {
		require.Empty(t, stale, "messages that came after a newer one of their key")
	}
}

func publishInBatches(t *testing.T, b messaging.Broker, messages []*message.Message) {
	t.Helper()
	for batch := range slices.Chunk(messages, 50) {
		publish(t, b, batch...)
	}
}

func broadcasts(t *testing.T, h Harness) {
	b := h.Connect(t)
	publish(t, b, outgoing("before", "a"))
	instances := make([]*inbox, 3)
	for i := range instances {
		s, err := h.Connect(t).Broadcaster("gateway")
		require.NoError(t, err)
		instances[i] = open(t, h, s, ackAll)
	}
	messages := append(numbered(200, 20), outgoing("after", "a"))
	publish(t, b, messages...)
	for _, in := range instances {
		await(t, ids(messages), in)
		require.NotContains(t, in.received(), "before")
	}
}
