package amqp

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLedgerAcknowledgesUpToTheFirstOpenMessage(t *testing.T) {
	t.Parallel()
	l := newLedger()
	for range 6 {
		l.add()
	}
	for _, tag := range []uint64{2, 1, 5} {
		l.settle(tag, true)
	}
	upTo, others := l.acks()
	require.Equal(t, uint64(2), upTo)
	require.Equal(t, []uint64{5}, others)

	l.settle(3, false)
	l.settle(4, true)
	upTo, others = l.acks()
	require.Zero(t, upTo, "an acknowledgement of all up to 4 would take the nacked one with it")
	require.Equal(t, []uint64{4}, others)

	require.Equal(t, []uint64{3}, l.nacks())
	l.settle(6, true)
	upTo, others = l.acks()
	require.Equal(t, uint64(6), upTo)
	require.Empty(t, others)
}

// The server closes a channel over which a message is acknowledged that it does not wait for.
func TestLedgerTellsWhatBecameOfEachMessageOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLedger()
		settled, open := map[uint64]bool{}, []uint64{} // settled: with an ack or not
		waits := map[uint64]bool{}                     // for the server
		var last uint64
		tell := map[string]func(*rapid.T){
			"come": func(*rapid.T) {
				l.add()
				last++
				open, waits[last] = append(open, last), true
			},
			"settle": func(t *rapid.T) {
				if len(open) == 0 {
					t.Skip("nothing is open")
				}
				i := rapid.IntRange(0, len(open)-1).Draw(t, "i")
				settled[open[i]] = rapid.Bool().Draw(t, "ack")
				l.settle(open[i], settled[open[i]])
				open = append(open[:i:i], open[i+1:]...)
			},
			"acks": func(t *rapid.T) {
				upTo, others := l.acks()
				require.True(t, upTo == 0 || waits[upTo])
				for tag := range upTo {
					if waits[tag+1] {
						others = append(others, tag+1)
					}
				}
				for _, tag := range others {
					require.True(t, waits[tag] && settled[tag], "message %d", tag)
					delete(waits, tag)
				}
			},
			"nacks": func(t *rapid.T) {
				for _, tag := range l.nacks() {
					ack, ok := settled[tag]
					require.True(t, waits[tag] && ok && !ack, "message %d", tag)
					delete(waits, tag)
				}
			},
		}
		t.Repeat(tell)
		tell["nacks"](t)
		tell["acks"](t)
		require.Len(t, waits, len(open), "the server has not heard of a settled message")
	})
}
