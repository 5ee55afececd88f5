package allinone_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/messaging"
)

// faults are the errors that consumers are going to have.
type faults struct {
	mu   sync.Mutex
	next map[string][]error // by service and message type
}

func (f *faults) add(service, typ string, errs ...error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		f.next = map[string][]error{}
	}
	f.next[service+" "+typ] = append(f.next[service+" "+typ], errs...)
}

func (f *faults) take(service, typ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting := f.next[service+" "+typ]
	if len(waiting) == 0 {
		return nil
	}
	f.next[service+" "+typ] = waiting[1:]
	return waiting[0]
}

func (f *faults) middleware(service string) []messaging.Middleware {
	return []messaging.Middleware{func(next messaging.BatchHandler) messaging.BatchHandler {
		return func(ctx context.Context, batch []cloudevent.Event) []error {
			for _, e := range batch {
				if err := f.take(service, e.Type); err != nil {
					errs := make([]error, len(batch))
					for i := range errs {
						errs[i] = err
					}
					return errs
				}
			}
			return next(ctx, batch)
		}
	}}
}

// moody is a broker that refuses once what is published, when told to.
type moody struct {
	messaging.Broker
	refuse atomic.Bool
}

func (m *moody) wrap(b messaging.Broker) messaging.Broker {
	m.Broker = b
	return m
}

// Publisher implements messaging.Broker.
func (m *moody) Publisher() message.Publisher { return moodyPublisher{m.Broker.Publisher(), m} }

type moodyPublisher struct {
	message.Publisher
	mood *moody
}

// Publish implements message.Publisher.
func (p moodyPublisher) Publish(topic string, messages ...*message.Message) error {
	if p.mood.refuse.CompareAndSwap(true, false) {
		return errors.New("the broker is not in the mood")
	}
	return p.Publisher.Publish(topic, messages...)
}
