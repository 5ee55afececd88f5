package nats

import (
	"context"
	"errors"
	"sync"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/myevents/myevents/platform/messaging"
)

const (
	drainTimeout = 5 * time.Second  // until the server has confirmed that it sends no more
	closeTimeout = 20 * time.Second // until a receiver that does not settle is left alone
	reopenPause  = time.Second
)

// subscription brings the messages of one topic to one channel.
//
// The client library calls arrived, on a goroutine of its own, which gathers the messages. The goroutine of run hands over
// what was gathered whenever the receiver is ready, keeps messages alive on the server, repairs the flow, and takes
// everything down in the end.
type subscription struct {
	broker *Broker
	source source
	topic  string
	out    chan []messaging.Delivery // closed by run, when all it was given is settled

	inbox   *natsio.Subscription
	drained chan struct{} // closed by the client library: arrived will not be called again
	links   chan natsio.Status

	stopOnce sync.Once
	stopping chan struct{} // no new message goes to a handler

	arrival    chan struct{} // capacity 1: something was gathered
	settlement chan struct{} // capacity 1: nothing is held any more

	mu       sync.Mutex // guards what follows
	closed   bool       // takes no more
	gathered []messaging.Delivery
	held     map[*delivery]struct{} // gathered or handed over, and not settled
	pull     pull
}

func newSubscription(b *Broker, s source, topic string) *subscription {
	return &subscription{
		broker: b, source: s, topic: topic, out: make(chan []messaging.Delivery),
		drained: make(chan struct{}), stopping: make(chan struct{}),
		arrival: make(chan struct{}, 1), settlement: make(chan struct{}, 1),
		held: map[*delivery]struct{}{},
		pull: pull{broken: make(chan error, 1)},
	}
}

// begin lets messages flow. After an error nothing is left.
func (s *subscription) begin(ctx context.Context) error {
	conn := s.broker.conn
	prefix := conn.NewInbox()
	inbox, err := conn.Subscribe(prefix+".*", s.arrived)
	if err != nil {
		return err
	}
	inbox.SetClosedHandler(func(string) { close(s.drained) })
	s.inbox, s.pull.prefix = inbox, prefix
	if err := s.open(ctx); err != nil {
		_ = inbox.Unsubscribe() // fails only where the connection is closed: then so is the inbox
		return err
	}
	s.links = conn.StatusChanged(natsio.CONNECTED)
	return nil
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

// accept gathers a message. It never waits for the receiver; the server sends no more than maxHeld. The caller holds the
// mutex.
func (s *subscription) accept(m *natsio.Msg) {
	if s.closed {
		return // too late: the server delivers it again after AckWait
	}
	d := &delivery{subscription: s, msg: m}
	s.held[d] = struct{}{}
	s.gathered = append(s.gathered, d)
	signal(s.arrival)
}

// settled forgets a message.
func (s *subscription) settled(d *delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, d)
	if len(s.held) == 0 {
		signal(s.settlement)
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

// takeLast returns what was gathered, after which nothing is accepted.
func (s *subscription) takeLast() []messaging.Delivery {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.take()
}

// run ends after stop.
func (s *subscription) run() {
	defer s.broker.conn.RemoveStatusListener(s.links)
	alive := time.NewTicker(s.broker.options.AckWait / 3)
	defer alive.Stop()
	silence := time.NewTicker(silenceTimeout)
	defer silence.Stop()
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
		case <-alive.C:
			s.keepAlive()
		case <-silence.C:
			if s.silent() {
				s.reopen()
			}
		case <-s.links:
			s.reopen()
		case err := <-s.pull.broken: // the channel itself never changes
			s.report(err)
			s.wait(reopenPause)
			s.reopen()
		case <-s.stopping:
			s.takeDown(batch)
			return
		}
	}
}

// keepAlive tells the server that messages are being worked on, so that it does not give them to another instance. It
// runs at least three times in AckWait, and spares messages that arrived after the last time.
func (s *subscription) keepAlive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := range s.held {
		if d.old {
			d.tell(wordInProgress)
		}
		d.old = true
	}
}

// reopen asks for messages again, as often as it takes.
func (s *subscription) reopen() {
	for !s.isStopping() {
		err := s.open(context.Background())
		if err == nil {
			return
		}
		s.report(err)
		s.wait(reopenPause)
	}
}

func (s *subscription) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.stopping:
	}
}

func (s *subscription) report(err error) {
	s.broker.options.Log.Warn().Err(err).Str("event.action", "broker.subscription").Str("messaging.destination.name", s.topic).
		Msg("subscription is interrupted")
}

// takeDown first makes the server stop, then gives back what nobody has begun with, and waits for the rest.
func (s *subscription) takeDown(batch []messaging.Delivery) {
	defer close(s.out)
	s.drain()
	for _, d := range append(batch, s.takeLast()...) {
		d.Nack()
	}
	s.awaitReceiver()
}

// drain returns when the server sends no more.
func (s *subscription) drain() {
	if !s.broker.conn.IsConnected() {
		_ = s.inbox.Unsubscribe() // nobody would confirm; it fails only where it is done already
		return
	}
	_ = s.inbox.Drain() // fails only where the connection is closed
	select {
	case <-s.drained:
	case <-time.After(drainTimeout):
	}
}

// awaitReceiver gives signs of life until what was handed over is settled. Messages that never are, are left alone.
func (s *subscription) awaitReceiver() {
	alive := time.NewTicker(s.broker.options.AckWait / 3)
	defer alive.Stop()
	timeout := time.After(closeTimeout)
	for {
		s.mu.Lock()
		left := len(s.held)
		s.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-s.settlement:
		case <-alive.C:
			s.keepAlive()
		case <-timeout:
			return
		}
	}
}

// pending counts what is still to come and what is not acknowledged yet. The consumer hears of a new message a moment after
// its publisher does: the stream's last message, looked up first, shows what the consumer does not know yet.
func (s *subscription) pending(ctx context.Context) (int, error) {
	if !s.broker.conn.IsConnected() {
		return 0, natsio.ErrDisconnected // rather than wait for the answer: metrics that are late are lost
	}
	last, err := s.lastPublished(ctx)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	consumer := s.pull.consumer
	s.mu.Unlock()
	info, err := consumer.Info(ctx)
	if err != nil {
		return 0, err
	}
	known := int(info.NumPending) + info.NumAckPending
	if known == 0 && info.AckFloor.Stream < last {
		return 1, nil
	}
	return known, nil
}

// lastPublished returns the stream sequence of the topic's last message, 0 where there is none.
func (s *subscription) lastPublished(ctx context.Context) (uint64, error) {
	m, err := s.broker.stream.GetLastMsgForSubject(ctx, subjectPrefix+s.topic)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return m.Sequence, nil
}
