package nats

import (
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	drainTimeout = 5 * time.Second  // until the server has confirmed that it sends no more
	closeTimeout = 20 * time.Second // until a handler that does not end is left alone
	reopenPause  = time.Second
)

// subscription brings the messages of one topic to one channel.
//
// The client library calls arrived, on a goroutine of its own, which puts each message into the lane of its key. A lane
// with messages has a goroutine, which sends the next one only after the last was acked or nacked. The goroutine of run
// owns all this: it keeps messages alive on the server, repairs the flow, and takes everything down in the end.
type subscription struct {
	broker *Broker
	source source
	topic  string
	out    chan *message.Message // closed by run, when no lane is left that could send

	messages context.Context // of the messages; outlives stop, so that handlers in mid-flight can finish; run cancels it
	cancel   context.CancelFunc

	inbox   *natsio.Subscription
	drained chan struct{} // closed by the client library: arrived will not be called again
	links   chan natsio.Status

	stopOnce sync.Once
	stopping chan struct{} // no new message goes to a handler
	done     chan struct{} // closed by run: all is over

	seed maphash.Seed
	work sync.WaitGroup // the lanes' goroutines

	mu    sync.Mutex // guards what follows
	lanes []lane     // maxHeld of them: handlers that commit in groups find large groups, and an empty lane costs nothing
	pull  pull
}

func newSubscription(b *Broker, s source, topic string) *subscription {
	ctx, cancel := context.WithCancel(context.Background())
	return &subscription{
		broker: b, source: s, topic: topic, out: make(chan *message.Message),
		messages: ctx, cancel: cancel,
		drained: make(chan struct{}), stopping: make(chan struct{}), done: make(chan struct{}),
		seed: maphash.MakeSeed(), lanes: make([]lane, maxHeld),
		pull: pull{broken: make(chan error, 1)},
	}
}

// begin lets messages flow. After an error nothing is left.
func (s *subscription) begin(ctx context.Context) error {
	conn := s.broker.conn
	prefix := conn.NewInbox()
	inbox, err := conn.Subscribe(prefix+".*", s.arrived)
	if err != nil {
		s.cancel()
		return err
	}
	inbox.SetClosedHandler(func(string) { close(s.drained) })
	s.inbox, s.pull.prefix = inbox, prefix
	if err := s.open(ctx); err != nil {
		s.cancel()
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

// run ends after stop. The caller's forget is called then, so that a context that never ends does not keep us in memory.
func (s *subscription) run(forget func() bool) {
	defer forget()
	defer s.broker.conn.RemoveStatusListener(s.links)
	alive := time.NewTicker(s.broker.options.AckWait / 3)
	defer alive.Stop()
	silence := time.NewTicker(silenceTimeout)
	defer silence.Stop()
	for {
		select {
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
			s.takeDown()
			return
		}
	}
}

// reopen asks for messages again, as often as it takes.
func (s *subscription) reopen() {
	for !s.isStopping() {
		err := s.open(s.messages)
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

// takeDown first makes the server stop, so that every message it has sent is in a lane, then lets the lanes run empty:
// they give back what they hold, after the message that is in a handler. The server does not always deliver it again in
// the same order.
func (s *subscription) takeDown() {
	defer close(s.done)
	defer s.cancel()
	s.drain()
	s.mu.Lock()
	for i := range s.lanes {
		s.lanes[i].closed = true
	}
	s.mu.Unlock()
	empty := make(chan struct{})
	go func() { s.work.Wait(); close(empty) }()
	s.awaitLanes(empty)
	close(s.out)
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

// awaitLanes gives signs of life as long as handlers run, and leaves those alone that do not end.
func (s *subscription) awaitLanes(empty <-chan struct{}) {
	alive := time.NewTicker(s.broker.options.AckWait / 3)
	defer alive.Stop()
	timeout := time.After(closeTimeout)
	for {
		select {
		case <-empty:
			return
		case <-alive.C:
			s.keepAlive()
		case <-timeout:
			s.cancel()
		}
	}
}

// pending counts what is still to come and what is not acknowledged yet. The consumer hears of a new message a moment after
// its publisher does: the stream's last message, looked up first, shows what the consumer does not know yet.
func (s *subscription) pending(ctx context.Context) (int, error) {
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
