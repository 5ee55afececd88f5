package aws

import (
	"context"
	"sync"
	"time"

	"github.com/myevents/myevents/platform/messaging"
)

const (
	closeTimeout = 18 * time.Second // until a receiver that does not settle is left alone
	lastTimeout  = 2 * time.Second  // of each of the last calls
)

// subscription brings the messages of one queue to one channel.
//
// Pollers receive messages and gather them. The goroutine of run hands over what was gathered whenever the receiver is
// ready, and takes everything down in the end. Two more tell SQS: one what has become of messages (see settle.go), one
// that those in hand are still wanted.
type subscription struct {
	broker *Broker
	source source
	topic  string
	out    chan []messaging.Delivery // closed by run, when all it was given is settled

	stopOnce sync.Once
	stopping chan struct{} // no new message goes to a handler
	ending   chan struct{} // closed by run: nothing is settled any more
	workers  sync.WaitGroup

	arrival chan struct{} // capacity 1: something was gathered
	verdict chan struct{} // capacity 1: something was settled
	idle    chan struct{} // capacity 1: nothing is in hand any more
	room    chan struct{} // capacity 1: there may be room for more

	hiding sync.Mutex // held while SQS is told for how long to hide messages; taken before mu

	mu       sync.Mutex // guards what follows
	queue    queue
	gathered []messaging.Delivery
	inHand   map[*delivery]struct{} // received, and not settled by the receiver
	settled  verdicts               // not told to SQS yet
	telling  int                    // how many SQS is being told about
	awaited  int                    // for how many messages pollers have room
	pollers  int
	failing  bool // the last thing a poller has heard was an error
}

func newSubscription(b *Broker, s source, topic string) *subscription {
	return &subscription{
		broker: b, source: s, topic: topic, out: make(chan []messaging.Delivery),
		stopping: make(chan struct{}), ending: make(chan struct{}),
		arrival: make(chan struct{}, 1), verdict: make(chan struct{}, 1), idle: make(chan struct{}, 1), room: make(chan struct{}, 1),
		inHand: map[*delivery]struct{}{},
	}
}

// open makes or finds the queue.
func (s *subscription) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	q, err := s.source.open(ctx, s.topic)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = q
	return nil
}

// place is where the messages are.
func (s *subscription) place() queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue
}

func (s *subscription) stop() { s.stopOnce.Do(func() { close(s.stopping) }) }

func (s *subscription) isStopping() bool {
	select {
	case <-s.stopping:
		return true
	default:
		return false
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // whoever waits for it will find more than it looked for
	}
}

// take returns what was gathered.
func (s *subscription) take() []messaging.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := s.gathered
	s.gathered = nil
	return batch
}

// run ends after stop, not with ctx.
func (s *subscription) run(ctx context.Context) {
	polls, cancel := context.WithCancel(ctx)
	defer cancel()
	var polling sync.WaitGroup
	s.pollMore(polls, &polling)
	s.workers.Go(s.tell)
	s.workers.Go(s.stayAlive)
	var (
		batch []messaging.Delivery        // waits for the receiver
		out   chan<- []messaging.Delivery // nil while there is no batch
	)
	for {
		select {
		case <-s.arrival:
			if batch = append(batch, s.take()...); len(batch) > 0 { // the last look may have taken what this signal is for
				out = s.out
			}
		case out <- batch:
			batch, out = nil, nil
		case <-s.stopping:
			time.AfterFunc(pollGrace, cancel)
			polling.Wait()
			s.takeDown(append(batch, s.take()...))
			return
		}
	}
}

// takeDown gives back what nobody has begun with, and waits for the rest. The pollers have ended.
func (s *subscription) takeDown(batch []messaging.Delivery) {
	defer close(s.out)
	for _, d := range batch {
		d.Nack()
	}
	s.awaitReceiver()
	close(s.ending)
	s.workers.Wait()
	if s.source.close == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastTimeout)
	defer cancel()
	if err := s.source.close(ctx, s.place()); err != nil {
		s.report(err)
	}
}

// awaitReceiver returns when what was handed over is settled. Messages that never are, are left alone.
func (s *subscription) awaitReceiver() {
	timeout := time.After(closeTimeout)
	for {
		s.mu.Lock()
		left := len(s.inHand)
		s.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-s.idle:
		case <-timeout:
			return
		}
	}
}

func (s *subscription) report(err error) {
	s.broker.options.Log.Warn().Err(err).Str("event.action", "broker.subscription").Str("messaging.destination.name", s.topic).
		Msg("subscription is interrupted")
}
