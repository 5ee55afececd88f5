package messaging

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/telemetry"
)

// flowTimeout is how long Stop waits for the consumer's goroutines when there are no more messages.
const flowTimeout = time.Second

// ConsumerOptions are what a Consumer is made of. Service, Broker, Telemetry and Clock are needed; so is DeadLetters, but
// for a consumer that only has broadcasts.
type ConsumerOptions struct {
	Service     string
	Broker      Broker
	Telemetry   *telemetry.Telemetry
	DeadLetters deadletter.Store
	Clock       func() time.Time
	Retry       Retry
	Middleware  []Middleware // the first outermost
}

// Consumer runs the handlers of one service. It is a lifecycle.Part that starts and stops once.
type Consumer struct {
	options     ConsumerOptions
	metrics     *consumerMetrics
	topics      []topic
	subscribers []Subscriber
	flows       sync.WaitGroup

	work     context.Context // of the handlers; outlives the start of Stop, so that a handler in mid-flight can finish
	cancel   context.CancelFunc
	stopOnce sync.Once
	stopping chan struct{} // closed by Stop: no retries and no parking any more
	inFlight atomic.Int64  // messages received and not settled
}

// topic is what the service does with the messages of a topic.
type topic struct {
	name      string
	types     []string // others are acknowledged unseen
	handle    BatchHandler
	together  bool          // handle gets what has come, not one message
	pace      time.Duration // between two batches
	broadcast bool
}

// NewConsumer returns a consumer without handlers. Register them before Start; a service handles a topic once.
func NewConsumer(o ConsumerOptions) *Consumer {
	o.Retry = o.Retry.withDefaults()
	work, cancel := context.WithCancel(context.Background())
	c := &Consumer{options: o, work: work, cancel: cancel, stopping: make(chan struct{})}
	c.metrics = newConsumerMetrics(o.Broker.Features().System, o.DeadLetters, &c.inFlight)
	return c
}

// Handle registers handlers for a topic by CloudEvent type. Messages of one key are handled one after the other.
func (c *Consumer) Handle(name string, handlers map[string]Handler) {
	c.add(topic{name: name, types: keys(handlers), handle: byType(handlers)})
}

// HandleBatches registers a handler for the messages of some types in a topic. It is called with what has come, but not
// again before pace has passed since it was last called: a longer pace makes larger batches under load, and costs a
// single message nothing.
func (c *Consumer) HandleBatches(name string, types []string, pace time.Duration, h BatchHandler) {
	c.add(topic{name: name, types: types, handle: h, together: true, pace: pace})
}

// Broadcast registers handlers that run in every instance of the service, over what is published from Start on. Failures
// are logged, not retried and not parked.
func (c *Consumer) Broadcast(name string, handlers map[string]Handler) {
	c.add(topic{name: name, types: keys(handlers), handle: byType(handlers), broadcast: true})
}

func (c *Consumer) add(t topic) {
	c.options.Telemetry.DeclareMessages(t.name, t.types...)
	t.handle = chain(t.handle, c.options.Middleware)
	c.topics = append(c.topics, t)
}

func keys(handlers map[string]Handler) []string {
	var types []string
	for t := range handlers {
		types = append(types, t)
	}
	return types
}

// Start subscribes to the topics and returns when messages flow.
func (c *Consumer) Start(ctx context.Context) error {
	err := c.metrics.register(c.options.Telemetry.Registerer, c.topics)
	for i := 0; i < len(c.topics) && err == nil; i++ {
		err = c.subscribe(ctx, c.topics[i])
	}
	if err != nil {
		return errors.Join(fmt.Errorf("start consumer of %s: %w", c.options.Service, err), c.Stop(ctx))
	}
	return nil
}

func (c *Consumer) subscribe(ctx context.Context, t topic) error {
	open := c.options.Broker.Subscriber
	if t.broadcast {
		open = c.options.Broker.Broadcaster
	}
	subscriber, err := open(c.options.Service)
	if err != nil {
		return fmt.Errorf("subscriber of topic %s: %w", t.name, err)
	}
	c.subscribers = append(c.subscribers, subscriber)
	batches, err := subscriber.Subscribe(context.WithoutCancel(ctx), t.name) // ctx is Start's: the subscription lasts longer
	if err != nil {
		return fmt.Errorf("cannot subscribe topic %s: %w", t.name, err)
	}
	if !t.broadcast {
		c.metrics.backlog.add(t.name, subscriber)
	}
	f := newFlow(c, t)
	c.flows.Go(func() { f.run(batches) })
	return nil
}

// Stop ends the subscriptions and waits for the handlers in flight; when ctx ends it cancels them. What is not done then,
// and what waits for a retry, goes back to the broker. It may be called again.
func (c *Consumer) Stop(ctx context.Context) error {
	var failures []error
	c.stopOnce.Do(func() {
		close(c.stopping)
		defer context.AfterFunc(ctx, c.cancel)()
		var closing sync.WaitGroup
		failures = make([]error, len(c.subscribers)+1)
		for i, s := range c.subscribers {
			closing.Go(func() { failures[i] = s.Close() })
		}
		closing.Wait()
		failures[len(c.subscribers)] = c.awaitFlows()
		c.cancel()
		c.metrics.unregister(c.options.Telemetry.Registerer)
	})
	return errors.Join(failures...)
}

// awaitFlows waits for what settles the last messages. The subscribers have waited for that already, so that only a handler
// that heeds no context is left behind.
func (c *Consumer) awaitFlows() error {
	ended := make(chan struct{})
	go func() {
		c.flows.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(flowTimeout):
		return fmt.Errorf("stop consumer of %s: a handler does not end", c.options.Service)
	}
}

func (c *Consumer) isStopping() bool {
	select {
	case <-c.stopping:
		return true
	default:
		return false
	}
}

// Process runs the topic's handler over a payload once, as an attempt of a delivery would: no retry, no parking.
func (c *Consumer) Process(ctx context.Context, name string, payload []byte) error {
	i := slices.IndexFunc(c.topics, func(t topic) bool { return t.name == name })
	if i < 0 {
		return fmt.Errorf("service %s does not handle topic %s", c.options.Service, name)
	}
	e, err := cloudevent.Decode(payload)
	if err != nil || !slices.Contains(c.topics[i].types, e.Type) {
		return err
	}
	ctx, end := c.options.Telemetry.StartProcess(ctx, c.options.Service, name, e)
	errs := c.topics[i].handle(ctx, []cloudevent.Event{e})
	end(errorAt(errs, 0))
	return errorAt(errs, 0)
}

// errorAt returns the error of the i-th message in a handler's result, which is nil where all succeeded.
func errorAt(errs []error, i int) error {
	if errs == nil {
		return nil
	}
	return errs[i]
}

// Idle reports whether nothing is being handled and nothing that was published is still to come. Where the broker cannot
// tell what is to come, it reports on handlers only.
func (c *Consumer) Idle() bool {
	ctx, cancel := context.WithTimeout(c.work, time.Second)
	defer cancel()
	for _, s := range c.subscribers {
		if n, ok, err := s.Pending(ctx); err != nil || ok && n > 0 {
			return false
		}
	}
	return c.inFlight.Load() == 0
}
