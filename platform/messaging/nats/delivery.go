package nats

import (
	natsio "github.com/nats-io/nats.go"

	"github.com/myevents/myevents/platform/messaging"
)

// delivery is a message the server waits for.
type delivery struct {
	subscription *subscription
	msg          *natsio.Msg
	old          bool // held at the last sign of life already; guarded by the subscription's mutex
}

var _ messaging.Delivery = (*delivery)(nil)

// The words with which a consumer settles a message, or asks for more time.
//
// Source: https://docs.nats.io/using-nats/developer/develop_jetstream/consumers#delivery-reliability
const (
	wordAck        = "+ACK"
	wordNak        = "-NAK"
	wordInProgress = "+WPI"
)

func (d *delivery) Payload() []byte { return d.msg.Data }
func (d *delivery) Ack()            { d.settle(wordAck) }
func (d *delivery) Nack()           { d.settle(wordNak) }

func (d *delivery) settle(word string) {
	d.tell(word)
	d.subscription.settled(d)
}

// tell ignores errors: they mean that the connection is away, and then the server delivers the message again, which
// handlers tolerate.
func (d *delivery) tell(word string) {
	_ = d.subscription.broker.conn.Publish(d.msg.Reply, []byte(word))
}
