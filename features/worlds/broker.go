package worlds

import (
	"errors"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/myevents/myevents/platform/messaging"
)

var errAway = errors.New("the broker is away, since the test said so")

// cutOff stands between the services of an embedded platform and their broker.
type cutOff struct{ away atomic.Bool }

// wrap returns the broker that takes nothing while it is away.
func (c *cutOff) wrap(b messaging.Broker) messaging.Broker { return &cutOffBroker{b, c} }

type cutOffBroker struct {
	messaging.Broker
	cutOff *cutOff
}

func (b *cutOffBroker) Publisher() message.Publisher {
	return &cutOffPublisher{b.Broker.Publisher(), b.cutOff}
}

type cutOffPublisher struct {
	message.Publisher
	cutOff *cutOff
}

func (p *cutOffPublisher) Publish(topic string, messages ...*message.Message) error {
	if p.cutOff.away.Load() {
		return errAway
	}
	return p.Publisher.Publish(topic, messages...)
}
