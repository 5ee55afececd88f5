package messaging

import (
	"fmt"
	"slices"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
)

// closeTimeout is how long handlers are waited for that do not heed their context.
const closeTimeout = 30 * time.Second

// newRouter returns a router with a handler a topic. The subscribers it opens are closed by Stop.
func (c *Consumer) newRouter() (*message.Router, error) {
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: closeTimeout}, newRouterLog(c.options.Telemetry.Log))
	if err != nil {
		return nil, err
	}
	for _, t := range c.topics {
		open, delivery := c.options.Broker.Subscriber, c.delivery
		if t.broadcast {
			open, delivery = c.options.Broker.Broadcaster, c.broadcast
		}
		subscriber, err := open(c.options.Service)
		if err != nil {
			return nil, fmt.Errorf("subscriber of topic %s: %w", t.name, err)
		}
		c.subscribers = append(c.subscribers, subscriber)
		name := c.options.Service + "." + t.name
		router.AddConsumerHandler(name, t.name, subscriber, c.dispatch(t.name)).AddMiddleware(delivery(t.name)...)
	}
	return router, nil
}

// delivery is what wraps a handler, outermost first. Parking is outside of the span, so that the span's outcome is the
// handler's; recovering is inside of the retries, so that a panic is a failure like any other.
func (c *Consumer) delivery(topic string) []message.HandlerMiddleware {
	return append([]message.HandlerMiddleware{c.enter, c.park(topic), c.decode(topic), c.observe(topic), c.retry(topic),
		middleware.Recoverer}, c.options.Middleware...)
}

// broadcast is delivery without a second chance.
func (c *Consumer) broadcast(topic string) []message.HandlerMiddleware {
	return append([]message.HandlerMiddleware{c.enter, c.logFailure(topic), c.decode(topic), c.observe(topic),
		middleware.Recoverer}, c.options.Middleware...)
}

// once is a single attempt that somebody waits for.
func (c *Consumer) once(topic string) []message.HandlerMiddleware {
	return append([]message.HandlerMiddleware{c.decode(topic), c.observe(topic), middleware.Recoverer}, c.options.Middleware...)
}

func chain(h message.NoPublishHandlerFunc, outermostFirst ...message.HandlerMiddleware) message.HandlerFunc {
	chained := func(m *message.Message) ([]*message.Message, error) { return nil, h(m) } //nolint:unparam // the type is Watermill's
	for _, wrap := range slices.Backward(outermostFirst) {
		chained = wrap(chained)
	}
	return chained
}
