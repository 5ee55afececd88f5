package nats

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/myevents/myevents/platform/messaging"
)

const (
	fetchSize    = 256              // messages asked for at once
	drainTimeout = 5 * time.Second  // until the server has confirmed that it sends no more
	closeTimeout = 20 * time.Second // until a handler that does not end is left alone
	reopenPause  = time.Second
)

// subscription brings the messages of one topic to one channel.
//
// The client library calls accept for each message; accept puts it into the lane of its key. A lane with messages has a
// goroutine, which sends the next one only after the last was acked or nacked. The goroutine of run owns all this: it
// keeps held messages alive on the server and takes everything down in the end.
type subscription struct {
	broker *Broker
	source source
	topic  string
	out    chan *message.Message // closed by run, when no lane is left that could send

	messages context.Context // of the messages; outlives stop, so that handlers in mid-flight can finish; run cancels it
	cancel   context.CancelFunc

	flow    jetstream.ConsumeContext // run's own, as is flowEnd
	flowEnd <-chan struct{}

	stopOnce sync.Once
	stopping chan struct{} // no new message goes to a handler
	done     chan struct{} // closed by run: all is over

	slots chan struct{} // one for each message held; full: accept waits
	seed  maphash.Seed
	work  sync.WaitGroup // the lanes' goroutines

	mu       sync.Mutex // guards what follows
	consumer jetstream.Consumer
	lanes    []lane
	seen     uint64 // stream sequence of the last message accepted; only where the server does not wait for acks
}

func newSubscription(b *Broker, s source, topic string) *subscription {
	ctx, cancel := context.WithCancel(context.Background())
	return &subscription{
		broker: b, source: s, topic: topic, out: make(chan *message.Message),
		messages: ctx, cancel: cancel,
		stopping: make(chan struct{}), done: make(chan struct{}),
		slots: make(chan struct{}, maxHeld), seed: maphash.MakeSeed(), lanes: make([]lane, b.options.Lanes),
	}
}

func (s *subscription) stop() { s.stopOnce.Do(func() { close(s.stopping) }) }

// open lets messages flow.
func (s *subscription) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	consumer, err := s.source.open(ctx, s.topic)
	if err != nil {
		return err
	}
	flow, err := consumer.Consume(s.accept, jetstream.PullMaxMessages(fetchSize), jetstream.ConsumeErrHandler(s.report))
	if err != nil {
		return err
	}
	s.flow, s.flowEnd = flow, flow.Closed()
	s.mu.Lock()
	s.consumer = consumer
	s.mu.Unlock()
	return nil
}

func (s *subscription) report(_ jetstream.ConsumeContext, err error) {
	s.broker.options.Log.Warn().Err(err).Str("event.action", "broker.subscription").Str("messaging.destination.name", s.topic).
		Msg("subscription reports an error")
}

// run ends after stop. The caller's forget is called then, so that a context that never ends does not keep us in memory.
func (s *subscription) run(forget func() bool) {
	defer forget()
	alive := time.NewTicker(s.broker.options.AckWait / 3)
	defer alive.Stop()
	for {
		select {
		case <-alive.C:
			s.keepAlive()
		case <-s.flowEnd:
			s.reopen()
		case <-s.stopping:
			s.takeDown()
			return
		}
	}
}

// reopen replaces a flow that ended by itself, as it does when somebody removes the consumer from the server.
func (s *subscription) reopen() {
	select {
	case <-s.stopping:
	case <-time.After(reopenPause):
		if err := s.open(s.messages); err != nil {
			s.report(nil, err)
		}
	}
}

// takeDown first makes the server stop, so that every message it has sent is in a lane, then lets the lanes run empty:
// they give back what they hold, in order, after the message that is in a handler.
func (s *subscription) takeDown() {
	defer close(s.done)
	defer s.cancel()
	s.drainFlow()
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

func (s *subscription) drainFlow() {
	if !s.broker.conn.IsConnected() { // nobody would confirm
		s.flow.Stop()
		return
	}
	s.flow.Drain()
	select {
	case <-s.flowEnd:
	case <-time.After(drainTimeout):
	}
}

// awaitLanes gives signs of life as long as handlers run, and leaves those alone that do not end: the server will
// deliver their messages again.
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
			<-empty
			return
		}
	}
}

// accept takes a message from the client library and never waits for a handler, except while maxHeld are held.
func (s *subscription) accept(m jetstream.Msg) {
	s.slots <- struct{}{}
	l := &s.lanes[maphash.String(s.seed, m.Headers().Get(messaging.MetadataSubject))%uint64(len(s.lanes))]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.see(m)
	if l.closed { // too late: the server delivers it again after AckWait
		<-s.slots
		return
	}
	l.queue = append(l.queue, held{msg: m})
	if len(l.queue) == 1 {
		s.work.Go(func() { s.drain(l) })
	}
}

func (s *subscription) see(m jetstream.Msg) {
	if s.source.acks {
		return
	}
	if at, err := m.Metadata(); err == nil {
		s.seen = at.Sequence.Stream
	}
}

// pending counts what is still to come on the server, and what it has sent but not seen acknowledged.
func (s *subscription) pending(ctx context.Context) (int, error) {
	s.mu.Lock()
	consumer := s.consumer
	s.mu.Unlock()
	info, err := consumer.Info(ctx)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := int(info.NumPending) + info.NumAckPending
	if !s.source.acks {
		n += len(s.slots)
		if s.seen != 0 && info.Delivered.Stream > s.seen {
			n++ // sent, and on the way to accept
		}
	}
	return n, nil
}
