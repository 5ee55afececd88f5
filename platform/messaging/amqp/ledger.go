package amqp

// ledger knows what has become of the messages of a channel, and what of that the server has not been told yet.
//
// The server numbers the messages it sends over a channel from 1 on; that is their delivery tag. One acknowledgement may
// stand for all messages up to a tag.
//
// Source: https://www.rabbitmq.com/docs/confirms#consumer-acks-delivery-tags
type ledger struct {
	first  uint64   // tag of the first of states
	states []state  // of the messages from there on; the first of them is not settled
	acked  []uint64 // tags settled since acks was last called
	nacked []uint64 // and since nacks was
}

type state uint8

const (
	open   state = iota // with the receiver
	acked               // and the server does not know
	nacked              // and the server does not know
	told                // and the server knows
)

func newLedger() *ledger { return &ledger{first: 1} }

// add notes that the next message has come.
func (l *ledger) add() { l.states = append(l.states, open) }

func (l *ledger) settle(tag uint64, ack bool) {
	if ack {
		l.states[tag-l.first] = acked
		l.acked = append(l.acked, tag)
		return
	}
	l.states[tag-l.first] = nacked
	l.nacked = append(l.nacked, tag)
}

// acks returns what to tell the server of messages that are processed: up to which tag all of them are, 0 where that is
// not more than it knows, and the tags of others behind one that is not.
func (l *ledger) acks() (upTo uint64, others []uint64) {
	n := 0
	for n < len(l.states) && (l.states[n] == acked || l.states[n] == told) {
		if l.states[n] == acked {
			upTo = l.first + uint64(n)
		}
		n++
	}
	l.first += uint64(n)
	l.states = l.states[n:]
	for _, tag := range l.acked {
		if tag >= l.first {
			l.states[tag-l.first] = told
			others = append(others, tag)
		}
	}
	l.acked = l.acked[:0]
	return upTo, others
}

// nacks returns the tags of messages that the server gets back.
func (l *ledger) nacks() []uint64 {
	tags := l.nacked
	for _, tag := range tags {
		l.states[tag-l.first] = told
	}
	l.nacked = nil
	return tags
}
