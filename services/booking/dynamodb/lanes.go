package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/lanes"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/services/booking"
)

// A change writes at most two items, and beside them a transaction has three: the inventory, its entry in the directory
// and the messages.
const maxTogether = (dynamodb.MaxWrites - 3) / 2

const laneTimeout = 6 * time.Second // of changes that go together, lost races included

// errRefused is the result of a change whose own items were not as it expected.
var errRefused = errors.New("another change was faster")

var errClosed = errors.New("store is closed")

// decision is what a change makes of an inventory.
type decision struct {
	after   booking.Inventory
	writes  []dynamodb.Write // none: the inventory is all that changes, if it does
	message *outbox.Entry    // nil: none
}

// told returns the decision with the message of its booking.
func (s *Store) told(b booking.Booking, after booking.Inventory, trace string, writes ...dynamodb.Write) (decision, error) {
	e, data := b.Message(after, trace)
	document, err := e.EncodeWith(data)
	if err != nil {
		return decision{}, err
	}
	entry := outbox.NewEntry(contracts.TopicBooking, e, document)
	return decision{after: after, writes: writes, message: &entry}, nil
}

// change is a decision that waits. decide is called again where its transaction lost a race.
type change struct {
	ctx    context.Context // of the caller: who has left is not served
	claim  dynamodb.Key    // of an item that it writes; a transaction takes one change of each
	decide func(booking.Inventory) (decision, error)
	result chan error // holds one
}

// newLanes returns what makes the changes of each event one after the other, those that wait together.
func (s *Store) newLanes() *lanes.Lanes[*change] {
	return lanes.New(together, func(eventID string) func([]*change) {
		r := round{store: s, eventID: eventID}
		return r.serve
	})
}

// together are the changes that can go into one transaction, in the order in which they came. Who claims what another one
// claims stays.
func together(waiting []*change) (batch, rest []*change) {
	claimed := map[dynamodb.Key]bool{}
	for _, c := range waiting {
		if len(batch) == maxTogether || claimed[c.claim] {
			rest = append(rest, c)
			continue
		}
		claimed[c.claim] = true
		batch = append(batch, c)
	}
	return batch, rest
}

// do makes the change and returns when it is durable. Who leaves because ctx has ended does not know what became of it.
func (s *Store) do(ctx context.Context, eventID string, claim dynamodb.Key, decide func(booking.Inventory) (decision, error)) error {
	c := &change{ctx: ctx, claim: claim, decide: decide, result: make(chan error, 1)}
	if !s.lanes.Add(eventID, c) {
		return fault.Away("booking store", errClosed)
	}
	select {
	case err := <-c.result:
		return err
	case <-ctx.Done():
		return left(ctx)
	}
}

// left says why a caller has left: because it wanted to, or because its time is over.
func left(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("change inventory: %w", ctx.Err())
	}
	return fault.Away("booking store", ctx.Err())
}
