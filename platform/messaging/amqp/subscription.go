package amqp

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	amqp091 "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/platform/messaging"
)

const (
	nackPause   = 100 * time.Millisecond // until a nacked message goes back: it may come again at once
	reopenPause = 500 * time.Millisecond // at most, between a lost session and the next, and before each further attempt

	// Close takes the sum of these at most: it says three things to the server, and waits for the receiver in between.
	farewellTimeout = 3 * time.Second
	settleTimeout   = 15 * time.Second
)

// subscription brings the messages of one queue to one channel, over one session after the other. All but settling is done
// by the goroutine of run.
type subscription struct {
	broker *Broker
	queue  queue
	out    chan []messaging.Delivery // closed by run, when all it was given is settled

	stopOnce sync.Once
	stopping chan struct{} // no new message goes to a receiver

	settlement chan struct{} // capacity 1: there is something to tell the server
	held       atomic.Int64  // messages that have come and are not settled

	session atomic.Pointer[session] // the present one, or the last
}

// delivery is a message that the server waits for.
type delivery struct {
	subscription *subscription
	session      *session
	tag          uint64
	payload      []byte
}

var _ messaging.Delivery = (*delivery)(nil)

func (d *delivery) Payload() []byte { return d.payload }
func (d *delivery) Ack()            { d.settle(true) }
func (d *delivery) Nack()           { d.settle(false) }

func (d *delivery) settle(ack bool) {
	d.session.settle(d.tag, ack)
	d.subscription.held.Add(-1)
	select {
	case d.subscription.settlement <- struct{}{}:
	default: // whoever waits for it will find more than it looked for
	}
}

func newSubscription(b *Broker, q queue) *subscription {
	return &subscription{
		broker: b, queue: q, out: make(chan []messaging.Delivery),
		stopping: make(chan struct{}), settlement: make(chan struct{}, 1),
	}
}

func (s *subscription) stop() { s.stopOnce.Do(func() { close(s.stopping) }) }

// pending counts the service's messages but for what its other instances hold, which is no more than their prefetch: the
// server tells how many wait in the queue; those that an instance holds, only the instance knows.
//
// It asks again where there seem to be none. What was between the queue and the channel at the first answer is before
// the second one on the line; the others give the client library's goroutines the time to pass it on.
func (s *subscription) pending(ctx context.Context) (n int, err error) {
	for range 6 {
		waiting, err := s.session.Load().waiting(ctx)
		if err != nil {
			return 0, err
		}
		if n = waiting + int(s.held.Load()); n > 0 {
			break
		}
	}
	return n, nil
}

// open returns a session, or fails at once while the connection is lost.
func (s *subscription) open(ctx context.Context) (*session, error) {
	conn, err := s.broker.incoming.get()
	if err != nil {
		return nil, err
	}
	return openSession(ctx, conn, s.queue, s.broker.options.Prefetch)
}

// run ends after stop.
func (s *subscription) run(now *session) {
	defer close(s.out)
	for now != nil {
		batch := s.consume(now)
		if isClosed(s.stopping) {
			s.leave(now, batch)
			return
		}
		s.held.Add(-int64(len(batch))) // the server delivers it again
		now.close()
		now = s.reopen()
	}
	s.awaitReceiver(func() {})
}

// consume hands over what comes, until the session is lost or it is time to stop. It returns what was not handed over.
func (s *subscription) consume(now *session) (batch []messaging.Delivery) {
	var (
		out   chan<- []messaging.Delivery // nil while there is no batch
		nacks <-chan time.Time            // nil while there are none
	)
	for {
		select {
		case m, open := <-now.deliveries:
			if !open {
				return batch
			}
			batch, out = append(batch, s.accept(now, m)), s.out
		case out <- batch:
			batch, out = nil, nil
		case <-s.settlement:
			if now.tellAcks() && nacks == nil {
				nacks = time.After(nackPause)
			}
		case <-nacks:
			now.tellNacks()
			nacks = nil
		case <-s.stopping:
			return batch
		}
	}
}

func (s *subscription) accept(now *session, m amqp091.Delivery) *delivery {
	now.came()
	s.held.Add(1)
	return &delivery{subscription: s, session: now, tag: m.DeliveryTag, payload: m.Body}
}

// reopen returns the next session, however long it takes; nil where it is time to stop or the connection was closed.
func (s *subscription) reopen() *session {
	for s.wait(rand.N(reopenPause)) {
		if _, ok := s.broker.incoming.await(s.stopping); !ok {
			return nil
		}
		now, err := s.open(context.Background())
		if err == nil {
			s.session.Store(now)
			return now
		}
		s.broker.options.Log.Warn().Err(err).Str("event.action", "broker.subscription").
			Str("messaging.destination.name", s.queue.topic).Msg("subscription is interrupted")
	}
	return nil
}

// wait returns false where it is time to stop.
func (s *subscription) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.stopping:
		return false
	}
}

// leave first makes the server stop, then gives back what nobody has begun with, and waits for the rest.
func (s *subscription) leave(now *session, batch []messaging.Delivery) {
	defer now.close()
	if err := now.stop(); err == nil {
		for m := range now.deliveries {
			batch = append(batch, s.accept(now, m))
		}
	}
	for _, d := range batch {
		d.Nack()
	}
	s.awaitReceiver(func() {
		now.tellAcks()
		now.tellNacks()
	})
	if s.queue.temporary {
		now.remove()
	}
}

// awaitReceiver waits until what was handed over is settled, and tells the server. Messages that never are, are left alone.
func (s *subscription) awaitReceiver(tell func()) {
	timeout := time.After(settleTimeout)
	for {
		settled := s.held.Load() == 0 // before the last word, not after it
		tell()
		if settled {
			return
		}
		select {
		case <-s.settlement:
		case <-timeout:
			return
		}
	}
}
