package aws

import (
	"context"
	"errors"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	pollSize   = 10               // messages asked for at once; SQS gives no more
	pollWait   = 20 * time.Second // until SQS answers that there are none; the longest there is, since each answer costs
	pollSlack  = 10 * time.Second // until an answer that does not come is taken for lost
	maxPollers = 4                // of a subscription

	// maxHeld is how many messages a subscription has, at most: those that its receiver has not settled, and those that
	// SQS has not been told about.
	maxHeld = 1000

	// pollGrace is how long a poll may go on after stop. What SQS is about to hand over when a poll is cut off stays hidden
	// until its time is up, as after a crash; where messages wait, the answer comes sooner than this.
	pollGrace = 300 * time.Millisecond
)

// pollMore adds a poller where there may be another one.
func (s *subscription) pollMore(ctx context.Context, polling *sync.WaitGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pollers < maxPollers {
		s.pollers++
		polling.Go(func() { s.poll(ctx, polling) })
	}
}

// poll receives messages until stop. There is one poller where messages are rare. A full answer tells that more are
// waiting, and an empty one that there are pollers enough.
func (s *subscription) poll(ctx context.Context, polling *sync.WaitGroup) {
	for s.awaitRoom() {
		n, err := s.receive(ctx)
		switch {
		case err != nil:
			s.repair(ctx, err)
		case n == pollSize:
			s.pollMore(ctx, polling)
		case n == 0 && s.leave():
			return
		}
	}
}

// leave ends a poller unless it is the only one.
func (s *subscription) leave() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pollers == 1 {
		return false
	}
	s.pollers--
	return true
}

// awaitRoom reserves room for one poll. It returns false when the subscription stops.
func (s *subscription) awaitRoom() bool {
	for !s.isStopping() {
		if s.reserve() {
			return true
		}
		select {
		case <-s.room:
		case <-s.stopping:
		}
	}
	return false
}

func (s *subscription) reserve() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held()+s.awaited+pollSize > maxHeld {
		return false
	}
	s.awaited += pollSize
	signal(s.room) // there may be room for another poller that waits
	return true
}

// held is how many messages count against maxHeld. The caller holds the mutex.
func (s *subscription) held() int { return len(s.inHand) + s.settled.count() + s.telling }

// receive is one poll.
func (s *subscription) receive(ctx context.Context) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollWait+pollSlack)
	defer cancel()
	q := s.place()
	answer, err := s.broker.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: pollSize, WaitTimeSeconds: int32(pollWait / time.Second),
		VisibilityTimeout:     int32(s.broker.options.Visibility / time.Second),
		MessageAttributeNames: []string{attributeEncoding},
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.awaited -= pollSize
	if err != nil {
		return 0, err
	}
	s.failing = false
	for i := range answer.Messages {
		s.accept(&answer.Messages[i])
	}
	return len(answer.Messages), nil
}

// accept gathers a message. The caller holds the mutex.
func (s *subscription) accept(m *types.Message) {
	encoding := m.MessageAttributes[attributeEncoding].StringValue
	d := &delivery{
		subscription: s, receipt: awssdk.ToString(m.ReceiptHandle),
		payload: decode(awssdk.ToString(m.Body), awssdk.ToString(encoding)),
	}
	s.inHand[d] = struct{}{}
	s.gathered = append(s.gathered, d)
	signal(s.arrival)
}

// repair waits after an error, and opens the queue again where it is gone.
func (s *subscription) repair(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // it is we who ended the poll
	}
	s.mu.Lock()
	known := s.failing
	s.failing = true
	s.mu.Unlock()
	if !known { // pollers fail together, again and again: one line says it
		s.report(err)
	}
	select {
	case <-time.After(retryPause):
	case <-s.stopping:
		return
	}
	if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
		if err := s.open(ctx); err != nil {
			s.report(err)
		}
	}
}
