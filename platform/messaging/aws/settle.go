package aws

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	// gatherTime is how long a verdict waits for others to share its call.
	gatherTime = 5 * time.Millisecond

	// nackDelay keeps a message that its receiver nacks again and again from going round as fast as it can.
	nackDelay = time.Second
)

// verdicts are what has become of messages.
type verdicts struct {
	acked, nacked []*delivery
}

func (v verdicts) count() int { return len(v.acked) + len(v.nacked) }

// settle notes the receiver's verdict.
func (s *subscription) settle(d *delivery, processed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.settled {
		return
	}
	d.settled = true
	delete(s.inHand, d)
	if processed {
		s.settled.acked = append(s.settled.acked, d)
	} else {
		s.settled.nacked = append(s.settled.nacked, d)
	}
	signal(s.verdict)
	if len(s.inHand) == 0 {
		signal(s.idle)
	}
}

// tell passes verdicts on to SQS, ten a call, and those that did not get there again, until there will be no more of them.
func (s *subscription) tell() {
	for {
		pause := gatherTime
		select {
		case <-s.verdict:
		case <-s.ending:
			s.tellAll(lastTimeout)
			return
		}
		if s.isGathered() {
			pause = 0
		}
		s.wait(pause)
		if !s.tellAll(requestTimeout) {
			s.wait(retryPause)
			signal(s.verdict)
		}
	}
}

// isGathered reports whether there are verdicts enough for a call.
func (s *subscription) isGathered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settled.count() >= maxEntries
}

// wait is cut short where the subscription ends.
func (s *subscription) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.ending:
	}
}

// tellAll reports whether SQS has taken what there was to tell. The rest is kept.
func (s *subscription) tellAll(timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	s.mu.Lock()
	now := s.settled
	s.settled, s.telling = verdicts{}, now.count()
	s.mu.Unlock()

	rest := verdicts{
		acked:  inBatches(now.acked, func(some []*delivery) []*delivery { return s.remove(ctx, some) }),
		nacked: s.giveBack(ctx, now.nacked),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.telling = 0
	s.settled.acked = append(rest.acked, s.settled.acked...)
	s.settled.nacked = append(rest.nacked, s.settled.nacked...)
	signal(s.room)
	return rest.count() == 0
}

// nackDelay: where the instance stops it is not the message's fault, and another instance should have it at once.
func (s *subscription) nackDelay() time.Duration {
	if s.isStopping() {
		return 0
	}
	return nackDelay
}

// giveBack lets nacked messages be delivered again. It waits for signs of life that are under way: one that came later
// would hide them for longer.
func (s *subscription) giveBack(ctx context.Context, nacked []*delivery) (failed []*delivery) {
	if len(nacked) == 0 {
		return nil
	}
	s.hiding.Lock()
	defer s.hiding.Unlock()
	return inBatches(nacked, func(some []*delivery) []*delivery { return s.hide(ctx, some, s.nackDelay()) })
}

// inBatches calls f for as many deliveries as fit into a call, several times at once, and returns all that f returns.
func inBatches(all []*delivery, f func(some []*delivery) (failed []*delivery)) (failed []*delivery) {
	batches := slices.Collect(slices.Chunk(all, maxEntries))
	results := make([][]*delivery, len(batches))
	parallel(len(batches), func(i int) { results[i] = f(batches[i]) })
	return slices.Concat(results...)
}

// remove takes processed messages out of the queue and returns those for which that has to be tried again.
func (s *subscription) remove(ctx context.Context, some []*delivery) (failed []*delivery) {
	entries := make([]types.DeleteMessageBatchRequestEntry, len(some))
	for i, d := range some {
		entries[i] = types.DeleteMessageBatchRequestEntry{Id: awssdk.String(strconv.Itoa(i)), ReceiptHandle: &d.receipt}
	}
	q := s.place()
	answer, err := s.broker.sqs.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.url, Entries: entries})
	if err != nil {
		return unlessGone(err, some)
	}
	return refused(some, answer.Failed)
}

// hide keeps messages from being delivered for a while from now on, and returns those for which that has to be tried again.
func (s *subscription) hide(ctx context.Context, some []*delivery, d time.Duration) (failed []*delivery) {
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(some))
	for i := range some {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id: awssdk.String(strconv.Itoa(i)), ReceiptHandle: &some[i].receipt, VisibilityTimeout: int32(d / time.Second),
		}
	}
	q := s.place()
	answer, err := s.broker.sqs.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
		QueueUrl: &q.url, Entries: entries,
	})
	if err != nil {
		return unlessGone(err, some)
	}
	return refused(some, answer.Failed)
}

// unlessGone returns what has to be tried again after an error: all, unless the queue is gone and everything with it.
func unlessGone(err error, some []*delivery) []*delivery {
	if _, gone := errors.AsType[*types.QueueDoesNotExist](err); gone {
		return nil
	}
	return some
}

// refused returns those that SQS could not handle. What it says was our fault was too late: the message is with somebody
// else by now, or gone.
func refused(some []*delivery, refusals []types.BatchResultErrorEntry) (failed []*delivery) {
	for _, r := range refusals {
		if i, err := strconv.Atoi(awssdk.ToString(r.Id)); err == nil && i < len(some) && !r.SenderFault {
			failed = append(failed, some[i])
		}
	}
	return failed
}
