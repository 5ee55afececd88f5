package messaging

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/telemetry"
)

// ConsumerOptions are what a Consumer is made of. Service, Broker, Telemetry, Clock and NewID are needed;
// so is DeadLetters, but for a consumer that only has broadcasts.
type ConsumerOptions struct {
	Service     string
	Broker      Broker
	Telemetry   *telemetry.Telemetry
	DeadLetters deadletter.Store
	Clock       func() time.Time
	NewID       func() string // names a dead letter whose message has no id
	Retry       Retry
	Middleware  []message.HandlerMiddleware // wraps each attempt, the first outermost; tests inject faults here
}

// Consumer runs the handlers of one service. It is a lifecycle.Part that starts and stops once.
type Consumer struct {
	options  ConsumerOptions
	metrics  *consumerMetrics
	handlers map[string]map[string]Handler // topic and type
	topics   []topic

	router      *message.Router
	subscribers []message.Subscriber
	running     chan struct{} // closed when the router's goroutine has ended

	// Handlers get this context and not their message's, which Watermill cancels the moment the router closes: a handler in
	// mid-flight should finish.
	work     context.Context
	cancel   context.CancelFunc
	stopOnce sync.Once
	stopping chan struct{} // closed by Stop: no retries and no parking any more
	inFlight atomic.Int64
}

type topic struct {
	name      string
	broadcast bool
}

// NewConsumer returns a consumer without handlers. Register them with Handle and Broadcast before Start.
func NewConsumer(o ConsumerOptions) *Consumer {
	o.Retry = o.Retry.withDefaults()
	work, cancel := context.WithCancel(context.Background())
	return &Consumer{
		options: o, metrics: newConsumerMetrics(o.DeadLetters), handlers: map[string]map[string]Handler{},
		work: work, cancel: cancel, stopping: make(chan struct{}), running: make(chan struct{}),
	}
}

// Handle registers handlers for a topic by CloudEvent type; messages of other types are acknowledged unseen. A service
// handles a topic once: either so or by Broadcast.
func (c *Consumer) Handle(topic string, handlers map[string]Handler) {
	c.add(topic, false, handlers)
}

// Broadcast registers handlers that run in every instance of the service, over what is published from Start on. Failures
// are logged, not retried and not parked.
func (c *Consumer) Broadcast(topic string, handlers map[string]Handler) {
	c.add(topic, true, handlers)
}

func (c *Consumer) add(name string, broadcast bool, handlers map[string]Handler) {
	c.topics = append(c.topics, topic{name: name, broadcast: broadcast})
	c.handlers[name] = handlers
}

// Start subscribes to the topics and returns when messages flow.
func (c *Consumer) Start(ctx context.Context) error {
	err := c.metrics.register(c.options.Telemetry.Registerer, c.topics)
	if err == nil {
		err = c.run(ctx)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("start consumer of %s: %w", c.options.Service, err), c.Stop(ctx))
	}
	return nil
}

func (c *Consumer) run(ctx context.Context) error {
	router, err := c.newRouter()
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		defer close(c.running)
		failed <- router.Run(c.work)
	}()
	select {
	case <-router.Running():
		c.router = router
		return nil
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stop ends the subscriptions and waits for the handlers in flight; when ctx ends it cancels them. What is not done then,
// and what waits for a retry, goes back to the broker. It may be called again.
func (c *Consumer) Stop(ctx context.Context) error {
	var failures []error
	c.stopOnce.Do(func() {
		close(c.stopping)
		defer context.AfterFunc(ctx, c.cancel)()
		if c.router != nil {
			failures = append(failures, c.router.Close())
		}
		for _, s := range c.subscribers {
			failures = append(failures, s.Close())
		}
		c.cancel()
		if c.router != nil {
			<-c.running
		}
		c.metrics.unregister(c.options.Telemetry.Registerer)
	})
	return errors.Join(failures...)
}

// Process runs the topic's handler over a payload once, as an attempt of a delivery would: no retry, no parking.
func (c *Consumer) Process(ctx context.Context, topic string, payload []byte) error {
	if c.handlers[topic] == nil {
		return fmt.Errorf("service %s does not handle topic %s", c.options.Service, topic)
	}
	m := message.NewMessage("", payload)
	m.SetContext(ctx)
	_, err := chain(c.dispatch(topic), c.once(topic)...)(m)
	return err
}

// backlog is what a subscriber implements that can say how many messages of its topics are not acknowledged yet, those
// included that have not arrived.
type backlog interface {
	Pending(ctx context.Context) (int, error)
}

// Idle reports whether nothing is being handled and nothing that was published is still to come. Where the broker cannot
// tell what is to come, it reports on handlers only.
func (c *Consumer) Idle() bool {
	ctx, cancel := context.WithTimeout(c.work, time.Second)
	defer cancel()
	for _, s := range c.subscribers {
		if b, ok := s.(backlog); ok {
			if n, err := b.Pending(ctx); err != nil || n > 0 {
				return false
			}
		}
	}
	return c.inFlight.Load() == 0
}
