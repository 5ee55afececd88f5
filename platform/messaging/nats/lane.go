package nats

import (
	"hash/maphash"
	"time"

	natsio "github.com/nats-io/nats.go"

	"github.com/myevents/myevents/platform/messaging"
)

// The pauses before a nacked message is handed out again: the first, and the longest.
const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// lane is a queue of messages whose order is kept. Its first message is the one in a handler. The subscription's mutex
// guards it.
type lane struct {
	queue  []held
	closed bool // takes no more
}

// held is a message the server waits for.
type held struct {
	msg *natsio.Msg
	old bool // held at the last sign of life already
}

// accept puts a message into the lane of its key. It never waits for a handler, so a lane that waits does not hold up the
// others; the server sends no more than maxHeld. The caller holds the mutex.
func (s *subscription) accept(m *natsio.Msg) {
	key := m.Header.Get(messaging.MetadataSubject)
	l := &s.lanes[maphash.String(s.seed, key)%uint64(len(s.lanes))]
	if l.closed {
		return // too late: the server delivers it again after AckWait
	}
	l.queue = append(l.queue, held{msg: m})
	if len(l.queue) == 1 {
		s.work.Go(func() { s.empty(l) })
	}
}

// empty hands out the lane's messages one after the other, and ends when there are no more.
func (s *subscription) empty(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(l.queue) > 0 {
		m := l.queue[0].msg
		s.mu.Unlock()
		s.tell(s.hand(m))
		s.mu.Lock()
		l.queue[0] = held{}
		l.queue = l.queue[1:]
	}
	l.queue = nil
}

// hand brings one message to a handler, again and again until it is acked, and returns what to tell the server. A nacked
// message is not given back before the end: it would be overtaken by others of its key.
func (s *subscription) hand(m *natsio.Msg) func(...natsio.AckOpt) error {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		if s.isStopping() { // else the select below could choose out
			return m.Nak
		}
		attempt := received(m)
		attempt.SetContext(s.messages)
		select {
		case s.out <- attempt:
		case <-s.stopping:
			return m.Nak
		}
		select {
		case <-attempt.Acked():
			return m.Ack
		case <-attempt.Nacked():
		case <-s.messages.Done():
			return m.Nak
		}
		select {
		case <-time.After(pause):
		case <-s.stopping:
		}
	}
}

// tell ignores errors: they mean that the connection is away, and then the server delivers the message again, which
// handlers tolerate.
func (s *subscription) tell(settle func(...natsio.AckOpt) error) { _ = settle() }

// keepAlive tells the server that messages are being worked on, so that it does not give them to another instance. It
// runs at least three times in AckWait, and spares messages that arrived after the last time.
func (s *subscription) keepAlive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.lanes {
		queue := s.lanes[i].queue
		for j := range queue {
			if queue[j].old {
				s.tell(queue[j].msg.InProgress)
			}
			queue[j].old = true
		}
	}
}
