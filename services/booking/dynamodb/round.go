package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/outbox"
	log "github.com/myevents/myevents/platform/outbox/dynamodb"
	"github.com/myevents/myevents/services/booking"
)

const maxRacePause = 30 * time.Millisecond // about a transaction's time

// round brings changes of one event into the table, in one transaction if nothing is in the way. It belongs to the
// event's lane.
type round struct {
	store   *Store
	eventID string
	known   *inventoryItem // as this lane or a refusal has seen it last; nil: to be read
	changes []*change      // that wait for their result
}

// attempt is a transaction under way.
type attempt struct {
	writes []dynamodb.Write
	owners []*change // of the writes; nil for those that belong to all
	after  inventoryItem
}

// serve gives every change its result.
func (r *round) serve(changes []*change) {
	r.changes = changes
	ctx, cancel := context.WithTimeout(context.Background(), laneTimeout)
	defer cancel()
	for len(r.changes) > 0 {
		if err := r.try(ctx); err != nil {
			r.known = nil // nobody knows what became of it
			r.finishAll(err)
		}
	}
}

// try makes one attempt and gives a result to those changes that have got one by it.
func (r *round) try(ctx context.Context) error {
	if r.dismiss(); len(r.changes) == 0 {
		return nil
	}
	if err := r.look(ctx); err != nil {
		return err
	}
	a := r.decide()
	if len(r.changes) == 0 {
		return nil
	}
	err := r.store.db.Transact(ctx, a.writes...)
	if refused, is := errors.AsType[*dynamodb.Refused](err); is {
		return r.refused(ctx, a, refused)
	}
	if err != nil {
		return fmt.Errorf("change inventory: %w", err)
	}
	r.known = &a.after
	r.store.outbox.Committed()
	r.finishAll(nil)
	return nil
}

// finish gives the changes that end their results.
func (r *round) finish(end func(*change) (ended bool, err error)) {
	var rest []*change
	for _, c := range r.changes {
		if ended, err := end(c); ended {
			c.result <- err
			continue
		}
		rest = append(rest, c)
	}
	r.changes = rest
}

// finishAll gives all changes the same result.
func (r *round) finishAll(result error) {
	r.finish(func(*change) (bool, error) { return true, result })
}

// dismiss takes out the changes whose callers have left.
func (r *round) dismiss() {
	r.finish(func(c *change) (bool, error) { return c.ctx.Err() != nil, c.ctx.Err() })
}

func (r *round) look(ctx context.Context) error {
	if r.known != nil {
		return nil
	}
	var seen inventoryItem
	if _, err := r.store.table.Get(ctx, inventoryKey(r.eventID), &seen); err != nil {
		return fmt.Errorf("read inventory: %w", err)
	}
	r.known = &seen
	return nil
}

// decide decides the changes one after the other and returns what has to be written for those that write anything. The
// others have their results then.
func (r *round) decide() attempt {
	now := r.known.inventory(r.eventID)
	var a attempt
	var told []outbox.Entry
	r.finish(func(c *change) (ended bool, err error) {
		d, err := c.decide(now)
		if err != nil || d.after == now && len(d.writes) == 0 {
			return true, err
		}
		now = d.after
		for _, w := range d.writes {
			a.writes, a.owners = append(a.writes, w), append(a.owners, c)
		}
		if d.message != nil {
			told = append(told, *d.message)
		}
		return false, nil
	})
	r.complete(&a, now, told)
	return a
}

// complete adds what the changes write together.
func (r *round) complete(a *attempt, now booking.Inventory, told []outbox.Entry) {
	a.after = r.known.after(now)
	if len(told) > 0 {
		row := log.NewRow()
		a.writes = append(a.writes, r.store.outbox.Append(row, []log.Row{r.known.Told}, told))
		a.after.Told = row
	}
	if r.known.Revision == 0 {
		a.writes = append(a.writes, r.store.table.Put(entryKey(r.eventID), dynamodb.Condition{}))
	}
	a.writes = append(a.writes, r.store.table.Put(a.after, r.known.unchanged()))
}

// refused goes by what the transaction has found instead.
func (r *round) refused(ctx context.Context, a attempt, refusal *dynamodb.Refused) error {
	var found inventoryItem
	lost, err := refusal.By(len(a.writes)-1, &found)
	if err != nil {
		return err
	}
	if lost {
		r.known = &found
		return yield(ctx)
	}
	behind := map[*change]bool{}
	for i, owner := range a.owners {
		if by, err := refusal.By(i, nil); err == nil && by {
			behind[owner] = true
		}
	}
	if len(behind) == 0 {
		return fmt.Errorf("change inventory: %w", refusal)
	}
	r.finish(func(c *change) (bool, error) { return behind[c], errRefused })
	return nil
}

// yield lets the winner of a race go ahead, and two losers not at the same time.
func yield(ctx context.Context) error {
	if err := dynamodb.Pause(ctx, rand.N(maxRacePause)); err != nil {
		return fault.Away("booking store", err)
	}
	return nil
}
