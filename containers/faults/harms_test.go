package faults_test

import (
	"context"
	"errors"
	"testing"
	"time"
)

// harm is done to the platform while it sells.
type harm struct {
	name       string
	ways       []string      // that have to be there: a store that is a file cannot be cut off
	lasts      time.Duration // at least
	begin, end func(ctx context.Context) error
	unready    []string // services that cannot do their work meanwhile, and say so; the others are ready
	opens      []string // services whose circuit opens; of the others, only that of one that is not ready may
	killed     string   // a service that does not even live meanwhile; empty: all do
	sells      bool     // seats are sold as if nothing was
}

// harms returns what can be done to the broker and the store that were chosen, the store's being the last but two.
func (p *platform) harms(t *testing.T) []harm {
	t.Helper()
	mend := func(context.Context) error { return p.ways.mend() }
	return []harm{
		{
			name: "broker away for 30 s", lasts: 30 * time.Second, sells: true,
			begin: func(context.Context) error { return p.ways.close(brokerWay) }, end: mend,
		},
		p.brokerRestarts(t),
		{
			name: "event service killed over a message", lasts: 3 * time.Second, sells: true,
			begin: func(context.Context) error { return p.overMessage(t, p.Part("event").Kill) }, end: p.Part("event").Restart,
			unready: []string{"event"}, opens: []string{"event"}, killed: "event",
		},
		{
			name: "gateway cut off from booking", lasts: 12 * time.Second,
			begin: func(context.Context) error { return p.ways.swallow("gateway-booking") }, end: mend,
			opens: []string{"booking"},
		},
		{
			name: "all cut off from identity", lasts: 5 * time.Second, sells: true,
			begin: func(context.Context) error { return p.cutOffIdentity() }, end: mend,
			opens: []string{"identity"},
		},
		p.storeGoes(),
		{
			name: "booking cut off from its store", ways: []string{"booking-store"}, lasts: 10 * time.Second,
			begin: func(context.Context) error { return p.ways.swallow("booking-store") }, end: mend,
			unready: []string{"booking"}, opens: []string{"booking"},
		},
		p.storeIsSlow(mend),
	}
}

func (p *platform) brokerRestarts(t *testing.T) harm {
	t.Helper()
	h := harm{name: "broker killed and started", lasts: 3 * time.Second, sells: true}
	goes, comes := p.broker().Kill, p.broker().Restart
	if p.choice.Broker == "sqs" { // the stand-in keeps nothing over a restart
		h.name, goes, comes = "broker stands still", p.broker().Pause, p.broker().Unpause
	}
	h.begin = func(context.Context) error { return p.overMessage(t, goes) }
	h.end = comes
	return h
}

// storeGoes does to the one server what takes all stores away.
func (p *platform) storeGoes() harm {
	h := harm{name: "store killed and started", ways: []string{"booking-store"}, lasts: 6 * time.Second}
	switch store := p.Part(p.choice.Store); p.choice.Store {
	case "mongodb":
		h.begin, h.end = store.Kill, store.Restart
		h.unready = []string{"booking", "event", "identity"}
	case "dynamodb": // the emulator keeps nothing over a restart, and only two services use it
		h.name, h.begin, h.end = "store stands still", store.Pause, store.Unpause
		h.unready = []string{"booking", "event"}
	}
	h.opens = h.unready
	return h
}

// storeIsSlow is too much for MongoDB, where a booking is one command after the other. That of DynamoDB is one transaction,
// and takes its time.
func (p *platform) storeIsSlow(mend func(context.Context) error) harm {
	h := harm{
		name: "store of booking takes 2 s", ways: []string{"booking-store"}, lasts: 10 * time.Second,
		begin: func(context.Context) error { return p.ways.slow("booking-store", 2*time.Second) }, end: mend,
		unready: []string{"booking"},
	}
	if p.choice.Store == "mongodb" {
		h.opens = h.unready
	}
	return h
}

// cutOffIdentity leaves everybody with the keys they have.
func (p *platform) cutOffIdentity() error {
	for _, service := range services() {
		if service == "identity" {
			continue
		}
		if err := p.ways.close(service + "-identity"); err != nil {
			return err
		}
	}
	return nil
}

// overMessage does harm while the event service is at work on messages. Until then its store is slow, so that it is longer at
// work; where the store is a file, there is no telling.
func (p *platform) overMessage(t *testing.T, harm func(context.Context) error) error {
	t.Helper()
	if !p.ways.has("event-store") {
		return harm(t.Context())
	}
	if err := p.ways.slow("event-store", 500*time.Millisecond); err != nil {
		return err
	}
	eventually(t, func() string {
		if p.measure(t, `messaging_in_flight_messages{service="event"}`) == 0 {
			return "no message is in flight"
		}
		return ""
	})
	return errors.Join(harm(t.Context()), p.ways.mend())
}
