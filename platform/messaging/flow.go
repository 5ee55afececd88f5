package messaging

import (
	"context"
	"slices"
	"time"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/lanes"
	"github.com/myevents/myevents/platform/telemetry"
)

// flow brings the messages of one topic to their handler. Its goroutine, that of run, receives them.
//
// A lane is what keeps the messages of a key in order: it tries one message until that is settled before it goes on to the
// next. Messages that are handled one by one all go through lanes. Batches do not, but for what has failed in one: that
// goes on in the lane of its key, and what follows of that key queues behind it, while the batches of all others go on.
type flow struct {
	c     *Consumer
	topic topic
	lanes *lanes.Lanes[*incoming]
	last  time.Time // when the handler was last called with a batch
}

// incoming is a message on its way. Whoever tries it owns it.
type incoming struct {
	delivery Delivery
	event    cloudevent.Event // the zero value where the payload is none
	ctx      context.Context  //nolint:containedctx // of its span; nil before the first attempt
	end      func(error)      // ends the span; nil before the first attempt
	failures []deadletter.Failure
	err      error // the last attempt's
}

func newFlow(c *Consumer, t topic) *flow {
	f := &flow{c: c, topic: t}
	f.lanes = lanes.New(lanes.First[*incoming](1), func(string) func([]*incoming) {
		return func(one []*incoming) { f.finish(one[0]) }
	})
	return f
}

// run ends when the subscription does. Then nothing is left unsettled.
func (f *flow) run(batches <-chan []Delivery) {
	defer f.lanes.Close()
	for batch := range batches {
		f.c.inFlight.Add(int64(len(batch)))
		together := f.sort(batch)
		if len(together) > 0 {
			f.tryTogether(together)
		}
		if f.topic.together {
			f.pause()
		}
	}
}

// pause keeps the topic's pace.
func (f *flow) pause() {
	wait := f.topic.pace - time.Since(f.last)
	if wait <= 0 {
		return
	}
	select {
	case <-time.After(wait):
	case <-f.c.stopping:
	}
}

// sort brings messages to their lanes and returns those that may be handled together.
func (f *flow) sort(batch []Delivery) []*incoming {
	var together []*incoming
	for _, d := range batch {
		e, err := cloudevent.Decode(d.Payload())
		m := &incoming{delivery: d, event: e}
		switch {
		case err != nil:
			m.event = cloudevent.Event{}
			m.fail(f.c.options.Clock(), err)
			f.enqueue(m)
		case !slices.Contains(f.topic.types, e.Type):
			f.settle(m, true)
		case !f.topic.together || f.lanes.Busy(e.Subject):
			f.enqueue(m)
		default:
			together = append(together, m)
		}
	}
	return together
}

// enqueue puts a message at the end of the lane of its key.
func (f *flow) enqueue(m *incoming) { f.lanes.Add(m.event.Subject, m) }

// tryTogether is the first attempt of messages without a lane.
func (f *flow) tryTogether(batch []*incoming) {
	f.last = time.Now()
	events := make([]cloudevent.Event, len(batch))
	contexts := make([]context.Context, len(batch))
	for i, m := range batch {
		f.begin(m)
		events[i], contexts[i] = m.event, m.ctx
	}
	errs := f.topic.handle(telemetry.Together(f.c.work, contexts), events)
	for i, m := range batch {
		if err := errorAt(errs, i); err != nil {
			m.fail(f.c.options.Clock(), err)
			f.enqueue(m)
			continue
		}
		f.succeed(m)
	}
}

// begin starts the one span that all attempts of a message share.
func (f *flow) begin(m *incoming) {
	if m.end == nil {
		m.ctx, m.end = f.c.options.Telemetry.StartProcess(f.c.work, f.c.options.Service, f.topic.name, m.event)
	}
}

// try is one attempt of one message.
func (f *flow) try(m *incoming) bool {
	f.begin(m)
	errs := f.topic.handle(m.ctx, []cloudevent.Event{m.event})
	if err := errorAt(errs, 0); err != nil {
		m.fail(f.c.options.Clock(), err)
		return false
	}
	return true
}

func (f *flow) succeed(m *incoming) {
	m.end(nil)
	f.settle(m, true)
}

// settle tells the broker. Nothing is known of the message afterwards.
func (f *flow) settle(m *incoming, processed bool) {
	if processed {
		m.delivery.Ack()
	} else {
		m.delivery.Nack()
	}
	f.c.inFlight.Add(-1)
}

// maxHistory is how many failures of a message are remembered: the first, and the latest others.
const maxHistory = 100

func (m *incoming) fail(at time.Time, err error) {
	m.err = err
	if len(m.failures) == maxHistory {
		m.failures = slices.Delete(m.failures, 1, 2)
	}
	m.failures = append(m.failures, deadletter.Failure{Time: at, Error: describe(err)})
}
