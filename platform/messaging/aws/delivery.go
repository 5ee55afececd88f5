package aws

import "github.com/myevents/myevents/platform/messaging"

// delivery is a message that SQS hides from others while this instance has it.
type delivery struct {
	subscription *subscription
	payload      []byte
	receipt      string

	// What follows is guarded by the subscription's mutex.
	settled bool // by its receiver
	old     bool // held at the last sign of life already
}

var _ messaging.Delivery = (*delivery)(nil)

func (d *delivery) Payload() []byte { return d.payload }
func (d *delivery) Ack()            { d.subscription.settle(d, true) }
func (d *delivery) Nack()           { d.subscription.settle(d, false) }
