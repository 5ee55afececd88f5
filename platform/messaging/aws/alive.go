package aws

import (
	"context"
	"time"
)

// stayAlive tells SQS that messages are being worked on, so that it does not give them to another instance.
func (s *subscription) stayAlive() {
	alive := time.NewTicker(s.broker.options.Visibility / 3)
	defer alive.Stop()
	for {
		select {
		case <-alive.C:
			s.extend()
		case <-s.ending:
			return
		}
	}
}

// extend ignores errors: SQS delivers the message again then, which handlers tolerate.
func (s *subscription) extend() {
	s.hiding.Lock()
	defer s.hiding.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), min(s.broker.options.Visibility, requestTimeout))
	defer cancel()
	inBatches(s.longInHand(), func(some []*delivery) []*delivery { return s.hide(ctx, some, s.broker.options.Visibility) })
}

// longInHand returns what the receiver has, or will be handed, but spares messages that arrived after the last sign of
// life. Messages thus get one when they have been here for a third to two thirds of the time there is.
func (s *subscription) longInHand() (old []*delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d := range s.inHand {
		if d.old {
			old = append(old, d)
		}
		d.old = true
	}
	return old
}
