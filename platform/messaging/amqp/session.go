package amqp

import (
	"context"
	"errors"
	"sync"

	amqp091 "github.com/rabbitmq/amqp091-go"
)

const consumerTag = "messages" // there is one consumer a channel

// session is a channel on which a queue is consumed, until the channel or the connection is lost.
type session struct {
	channel    *amqp091.Channel
	queue      queue
	deliveries <-chan amqp091.Delivery // closed by the client library when no more will come

	asking sync.Mutex // held while an answer is awaited: the client library would give it to whoever asks next

	mu     sync.Mutex
	ledger *ledger
}

// openSession makes the queue, or finds it there, and lets messages flow.
func openSession(ctx context.Context, conn *amqp091.Connection, q queue, prefetch int) (*session, error) {
	return within(ctx, func() (*session, error) {
		channel, err := conn.Channel()
		if err != nil {
			return nil, err
		}
		s := &session{channel: channel, queue: q, ledger: newLedger()}
		err = q.declare(channel)
		if err == nil {
			err = channel.Qos(prefetch, 0, false)
		}
		if err == nil {
			s.deliveries, err = channel.Consume(q.name, consumerTag, false, false, false, false, nil)
		}
		if err != nil {
			return nil, errors.Join(err, channel.Close())
		}
		return s, nil
	}, (*session).close)
}

// came notes a message.
func (s *session) came() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.add()
}

// settle notes what has become of a message. The server hears of it with the next tell.
func (s *session) settle(tag uint64, ack bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.settle(tag, ack)
}

// tellAcks ignores errors, as tellNacks does: they mean that the channel is lost, and then the server delivers the messages
// again, which handlers tolerate. It reports whether there are nacks to tell.
func (s *session) tellAcks() bool {
	s.mu.Lock()
	upTo, others := s.ledger.acks()
	waiting := len(s.ledger.nacked) > 0
	s.mu.Unlock()
	if upTo > 0 {
		_ = s.channel.Ack(upTo, true)
	}
	for _, tag := range others {
		_ = s.channel.Ack(tag, false)
	}
	return waiting
}

func (s *session) tellNacks() {
	s.mu.Lock()
	tags := s.ledger.nacks()
	s.mu.Unlock()
	for _, tag := range tags {
		_ = s.channel.Nack(tag, false, true)
	}
}

// waiting returns how many messages of the queue have not been sent to an instance yet.
func (s *session) waiting(ctx context.Context) (int, error) {
	return within(ctx, func() (int, error) {
		s.asking.Lock()
		defer s.asking.Unlock()
		state, err := s.channel.QueueDeclarePassive(s.queue.name, true, false, false, false, nil)
		return state.Messages, err
	}, nil)
}

// stop makes the server send no more and returns when all it has sent is in deliveries, which is closed behind it.
func (s *session) stop() error {
	return s.say(func() error { return s.channel.Cancel(consumerTag, false) })
}

// remove deletes the queue of an instance that goes. Where that fails, the server does it when forgottenAfter has passed.
func (s *session) remove() {
	_ = s.say(func() error {
		_, err := s.channel.QueueDelete(s.queue.name, false, false, false)
		return err
	})
}

// close gives back what is not settled. It fails where the channel is lost: then the server has done it.
func (s *session) close() { _ = s.say(s.channel.Close) }

func (s *session) say(f func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), farewellTimeout)
	defer cancel()
	_, err := within(ctx, func() (struct{}, error) {
		s.asking.Lock()
		defer s.asking.Unlock()
		return struct{}{}, f()
	}, nil)
	return err
}
