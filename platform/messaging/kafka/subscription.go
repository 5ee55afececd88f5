package kafka

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/platform/messaging"
)

// nackPause is how long a message that was given back waits until it is delivered again.
const nackPause = 100 * time.Millisecond

// subscription brings the messages of one topic to one channel.
//
// There are three kinds of goroutines. The source's comes and goes with the connection. Under it, each partition that is ours
// has a claim, whose goroutine gathers messages. That of run hands over what was gathered whenever the receiver is ready.
type subscription struct {
	broker *Broker
	source source
	topic  string                    // as the services name it
	out    chan []messaging.Delivery // closed by run, when all it was given is settled

	ctx  context.Context //nolint:containedctx // of the subscription itself: ends with stop
	stop context.CancelFunc

	arrival chan struct{} // capacity 1: something was gathered
	nacked  chan struct{} // capacity 1: something was returned
	recalls chan *claim   // run drops what it has of the claim, and closes its recalled

	mu       sync.Mutex // guards what follows, and the claims
	gathered []messaging.Delivery
	returned []messaging.Delivery // by the receiver
}

func newSubscription(b *Broker, topic string) *subscription {
	s := &subscription{
		broker: b, topic: topic, out: make(chan []messaging.Delivery),
		arrival: make(chan struct{}, 1), nacked: make(chan struct{}, 1), recalls: make(chan *claim),
	}
	s.ctx, s.stop = context.WithCancel(b.line.ctx)
	return s
}

// run ends after stop.
func (s *subscription) run() {
	defer close(s.out)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.source.run(s.ctx)
	}()
	var (
		batch []messaging.Delivery        // waits for the receiver
		out   chan<- []messaging.Delivery // nil while there is no batch
		again <-chan time.Time            // nil while nothing was returned
	)
	for {
		if out = nil; len(batch) > 0 {
			out = s.out
		}
		select {
		case <-s.arrival:
			batch = append(batch, s.take(&s.gathered)...)
		case out <- batch:
			batch = nil
		case <-s.nacked:
			if again == nil { // else many that fail would hold each other up
				again = time.After(nackPause)
			}
		case <-again:
			again = nil
			batch = append(s.take(&s.returned), batch...) // the older ones first
		case c := <-s.recalls:
			batch = c.drop(batch)
			close(c.recalled)
		case <-ended:
			return
		}
	}
}

// take returns what is in one of the lists, which is empty then.
func (s *subscription) take(list *[]messaging.Delivery) []messaging.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := *list
	*list = nil
	return taken
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // whoever waits for it will find more than it looked for
	}
}

func (s *subscription) report(err error) {
	s.broker.options.Log.Warn().Err(err).Str("event.action", "broker.subscription").Str("messaging.destination.name", s.topic).
		Msg("subscription is interrupted")
}

// pauseBeforeRetry ends with the subscription.
func (s *subscription) pauseBeforeRetry() {
	select {
	case <-time.After(retryPause):
	case <-s.ctx.Done():
	}
}

// without returns the deliveries that are not of a claim.
func without(c *claim, deliveries []messaging.Delivery) []messaging.Delivery {
	return slices.DeleteFunc(deliveries, func(d messaging.Delivery) bool { return d.(*delivery).claim == c })
}
