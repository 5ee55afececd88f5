package nats

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"
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
	msg jetstream.Msg
	old bool // held at the last sign of life already
}

// drain hands out the lane's messages one after the other, and ends when there are no more.
func (s *subscription) drain(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(l.queue) > 0 {
		m := l.queue[0].msg
		s.mu.Unlock()
		s.hand(m)
		s.mu.Lock()
		l.queue[0] = held{}
		l.queue = l.queue[1:]
		<-s.slots
	}
	l.queue = nil
}

// hand brings one message to a handler, again and again until it is acked. A nacked message is not given back to the
// server: it would overtake, or be overtaken by, others of its key. Only at the end everything is given back, in order.
func (s *subscription) hand(m jetstream.Msg) {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		attempt := received(m.Headers(), m.Data())
		attempt.SetContext(s.messages)
		select {
		case <-s.stopping: // wins over out, which may be ready as well
			s.settle(m.Nak)
			return
		default:
		}
		select {
		case s.out <- attempt:
		case <-s.stopping:
			s.settle(m.Nak)
			return
		}
		select {
		case <-attempt.Acked():
			s.settle(m.Ack)
			return
		case <-attempt.Nacked():
		case <-s.messages.Done():
			return
		}
		select {
		case <-time.After(pause):
		case <-s.stopping:
		}
	}
}

// settle tells the server about a message. An error means that the connection is away: then the server delivers the
// message again, which handlers tolerate.
func (s *subscription) settle(tell func() error) {
	if s.source.acks {
		_ = tell()
	}
}

// keepAlive tells the server that messages are being worked on, so that it does not give them to another instance. It
// runs three times in AckWait, and spares messages that arrived after the last time.
func (s *subscription) keepAlive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.lanes {
		queue := s.lanes[i].queue
		for j := range queue {
			if queue[j].old {
				s.settle(queue[j].msg.InProgress)
			}
			queue[j].old = true
		}
	}
}
