package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/platform/mongodb"
	log "github.com/myevents/myevents/platform/outbox/mongodb"
	"github.com/myevents/myevents/services/booking"
)

// decide gives every job of the batch its answer, by one update of the inventory.
func (s *Store) decide(ctx context.Context, events *lane, batch []*job) {
	if err := s.decideAll(ctx, events, batch); err != nil {
		for _, j := range batch {
			j.answer = answer{err: err}
		}
	}
}

// decideAll tries again for as long as others are faster. The order matters: a claim or booking must be read after the
// inventory that is to decide on it.
func (s *Store) decideAll(ctx context.Context, events *lane, batch []*job) error {
	i, err := s.load(ctx, events)
	if err != nil {
		return err
	}
	if err := s.claim(ctx, i.inventory(), batch); err != nil {
		return err
	}
	for {
		d := newDecision(i.inventory())
		for _, j := range batch {
			j.answer = d.answer(j)
		}
		if len(d.messages) == 0 {
			return nil
		}
		if taken, err := s.commit(ctx, events, i, d); err != nil || taken {
			return err
		}
		if i, err = s.load(ctx, events); err != nil {
			return err
		}
		if err := s.look(ctx, batch); err != nil {
			return err
		}
	}
}

// maxUnsent bounds how many messages a document carries where no relay moves them.
const maxUnsent = 1000

// load reads the inventory and settles what it has decided. That of an event nobody has heard of has the revision 0.
func (s *Store) load(ctx context.Context, events *lane) (inventory, error) {
	i := inventory{ID: events.eventID}
	if err := s.inventories.FindOne(ctx, bson.M{"_id": events.eventID}, &i); err != nil && !errors.Is(err, mongodb.ErrNone) {
		return i, fmt.Errorf("read inventory: %w", err)
	}
	if err := s.settle(ctx, i.After(events.settled)); err != nil {
		return i, err
	}
	events.settled = i.Revision
	if len(i.All()) > maxUnsent {
		return i, s.outbox.Move(ctx)
	}
	return i, nil
}

// commit makes the decision if the inventory is still at its revision, and settles it.
func (s *Store) commit(ctx context.Context, events *lane, i inventory, d *decision) (taken bool, err error) {
	next := i.Revision + 1
	set := bson.M{"revision": next, "version": d.inventory.Version, "seats_taken": d.inventory.SeatsTaken}
	push := bson.M{}
	log.Tell(set, push, next, d.messages)
	taken, err = s.inventories.Update(ctx, bson.M{"_id": i.ID, "revision": i.Revision}, bson.M{"$set": set, "$push": push})
	if err != nil || !taken {
		return false, err
	}
	s.outbox.Told(inventories, i.ID)
	if err := s.settle(ctx, d.messages); err != nil {
		return false, err
	}
	events.settled = next
	return true, nil
}

// settle writes the bookings of the messages, each unless the same or a higher version of it is there.
func (s *Store) settle(ctx context.Context, messages []log.Message) error {
	changes := make([]mongodb.Change, len(messages))
	for i, m := range messages {
		var r record
		if err := bson.Unmarshal(m.State, &r); err != nil {
			return fmt.Errorf("decode booking of message %s: %w", m.ID, err)
		}
		changes[i] = mongodb.Change{
			Filter: bson.M{"_id": r.ID, "version": bson.M{"$lt": r.Version}}, Update: bson.M{"$set": m.State},
		}
	}
	if _, err := s.bookings.UpdateEach(ctx, changes); err != nil {
		return fmt.Errorf("settle bookings: %w", err)
	}
	return nil
}

// decision is what one update of an inventory decides.
type decision struct {
	inventory booking.Inventory
	records   map[string]record // decided here, by booking
	messages  []log.Message
}

func newDecision(i booking.Inventory) *decision {
	return &decision{inventory: i, records: map[string]record{}}
}

func (d *decision) answer(j *job) answer {
	r, ok := d.records[j.record.ID]
	if !ok {
		r = j.record
	}
	if j.cancellation != nil {
		return d.cancel(r, *j.cancellation)
	}
	return d.place(r, *j.order)
}

// place decides the order whose claim or booking is r. Without one there is no event.
func (d *decision) place(r record, o booking.Order) answer {
	if r.ID == "" {
		return answer{err: booking.EventNotFound()}
	}
	before := r.booking()
	if err := before.Answers(o); err != nil || r.decided() {
		return answer{booking: before, err: err}
	}
	if !d.inventory.Known() {
		return answer{err: booking.EventNotFound()}
	}
	o.BookingID = r.ID // the one who claims it may not be the one who decides it
	b, after := booking.Decide(d.inventory, o)
	return d.take(r, b, after, o.Trace)
}

func (d *decision) cancel(r record, c booking.Cancellation) answer {
	before := r.booking()
	b, after, err := before.Cancel(d.inventory, c.At)
	if err != nil || b == before {
		return answer{booking: b, err: err}
	}
	return d.take(r, b, after, c.Trace)
}

func (d *decision) take(r record, b booking.Booking, after booking.Inventory, trace string) answer {
	r = r.with(b, after)
	m, err := r.message(b, after, trace)
	if err != nil {
		return answer{err: err}
	}
	d.inventory, d.records[r.ID] = after, r
	d.messages = append(d.messages, m)
	return answer{booking: b, changed: true}
}
