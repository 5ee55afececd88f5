package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/ids"
	log "github.com/myevents/myevents/platform/outbox/dynamodb"
)

const (
	eventsAPart = 90          // with the part itself and a row of messages they are one transaction
	abandoned   = time.Minute // after which nobody decides a change any more that was written down
)

// large says that there is a large change.
type large struct {
	dynamodb.Key
	LocationID string `dynamodbav:"location_id"`
	At         int64  `dynamodbav:"at"` // unix microseconds
}

// part is a part of a large change: some of its events, as they are to be but for their seats, and some of its messages.
type part struct {
	dynamodb.Key
	Events []eventItem `dynamodbav:"events"`
	Row    *row        `dynamodbav:"row"`
	Behind []log.Row   `dynamodbav:"behind"` // rows that come before Row
}

func partsOf(change string) string { return "change#" + change }

func partKey(change string, i int) dynamodb.Key {
	return dynamodb.Key{Partition: partsOf(change), Sort: fmt.Sprintf("%06d", i)}
}

// makeLarge makes a change of a location and of many events that stay there and keep their starts.
func (s *Store) makeLarge(ctx context.Context, p *plan) error {
	if err := p.checkLarge(); err != nil {
		return err
	}
	change := ids.New()
	l, _ := p.location(p.change.Location.ID)
	l.Change = change
	header := large{Key: dynamodb.Key{Partition: changes, Sort: change}, LocationID: l.Sort, At: time.Now().UnixMicro()}
	if err := s.db.Write(ctx, s.table.Put(header, dynamodb.Absent())); err != nil {
		return fmt.Errorf("write large change down: %w", err)
	}
	for i, part := range p.parts() {
		part.Key = partKey(change, i)
		if err := s.db.Write(ctx, s.table.Put(part, dynamodb.Absent())); err != nil {
			return fmt.Errorf("write large change down: %w", err)
		}
	}
	err := s.db.Transact(ctx, s.table.Put(l, p.locations[l.Sort].unchanged()))
	if errors.As(err, new(*dynamodb.Refused)) {
		return errors.Join(err, s.forget(ctx, header))
	}
	if err != nil {
		return fmt.Errorf("commit large change: %w", err)
	}
	return s.finish(ctx, l)
}

func (p *plan) checkLarge() error {
	if p.change.Location == nil {
		return fmt.Errorf("a change of %d events needs more than one transaction, and a location to hold it together", len(p.change.Events))
	}
	for _, e := range p.change.Events {
		if before := p.events[e.ID]; before.LocationID != p.change.Location.ID || e.LocationID != before.LocationID ||
			e.StartsAt.UnixMicro() != before.StartsAt {
			return errors.New("events that come, move or get another start fit into no large change")
		}
	}
	return nil
}

// parts returns the parts of the change, without their keys.
func (p *plan) parts() []part {
	var parts []part
	at := func(i int) *part {
		if i == len(parts) {
			parts = append(parts, part{})
		}
		return &parts[i]
	}
	for i, e := range p.change.Events {
		to := at(i / eventsAPart)
		to.Events = append(to.Events, newEventItem(e, eventItem{}))
	}
	behind := p.told()
	for i, r := range p.rows {
		to := at(i)
		to.Row, to.Behind = &r, behind
		behind = []log.Row{r.Name}
	}
	return parts
}

// finish does what is left of the location's large change. Several may do so at the same time.
func (s *Store) finish(ctx context.Context, l locationItem) error {
	for refused := 0; ; {
		parts, err := dynamodb.List[part](ctx, s.table, dynamodb.Range{Partition: partsOf(l.Change), Limit: 1})
		if err != nil {
			return fmt.Errorf("finish large change: %w", err)
		}
		if len(parts) == 0 {
			return s.finished(ctx, l)
		}
		err = s.apply(ctx, parts[0])
		if errors.As(err, new(*dynamodb.Refused)) && refused < commitAttempts { // somebody else was faster, or seats have changed
			refused++
			continue
		}
		if err != nil {
			return fmt.Errorf("finish large change: %w", err)
		}
		refused = 0
	}
}

// finished takes the mark of a large change off, of which nothing is left.
func (s *Store) finished(ctx context.Context, l locationItem) error {
	err := s.db.Write(ctx, s.table.Update(l.Key, "SET revision = revision + :one REMOVE unfinished", dynamodb.Values{"one": 1},
		dynamodb.Condition{Expression: "unfinished = :id", Values: dynamodb.Values{"id": l.Change}}))
	if err != nil && !errors.As(err, new(*dynamodb.Refused)) {
		return fmt.Errorf("finish large change: %w", err)
	}
	return s.table.DeleteAll(ctx, []dynamodb.Key{{Partition: changes, Sort: l.Change}})
}

// apply does a part, and removes it with that.
func (s *Store) apply(ctx context.Context, p part) error {
	keys := make([]dynamodb.Key, len(p.Events))
	for i, e := range p.Events {
		keys[i] = e.Key
	}
	found, err := dynamodb.GetAll[eventItem](ctx, s.table, keys)
	if err != nil {
		return err
	}
	before := make(map[string]eventItem, len(found))
	for _, e := range found {
		before[e.ID] = e
	}
	writes := []dynamodb.Write{s.table.Delete(p.Key, dynamodb.Present())}
	for _, e := range p.Events {
		e.SeatsTaken, e.InventoryVersion = before[e.ID].SeatsTaken, before[e.ID].InventoryVersion
		writes = append(writes, s.table.Put(e, before[e.ID].unchanged()))
	}
	if p.Row != nil {
		writes = append(writes, s.outbox.Append(p.Row.Name, p.Behind, p.Row.entries()))
	}
	if err := s.db.Transact(ctx, writes...); err != nil {
		return err
	}
	s.outbox.Committed()
	return nil
}

// resume finishes the large changes that a crash has left, and removes those that were never decided.
func (s *Store) resume(ctx context.Context) error {
	all, err := dynamodb.List[large](ctx, s.table, dynamodb.Range{Partition: changes})
	if err != nil {
		return err
	}
	for _, c := range all {
		var l locationItem
		if _, err := s.table.Get(ctx, locationKey(c.LocationID), &l); err != nil {
			return err
		}
		switch {
		case l.Change == c.Sort:
			err = s.finish(ctx, l)
		case time.Since(time.UnixMicro(c.At)) > abandoned:
			err = s.forget(ctx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forget removes a change that nobody will decide any more.
func (s *Store) forget(ctx context.Context, c large) error {
	parts, err := dynamodb.List[dynamodb.Key](ctx, s.table, dynamodb.Range{Partition: partsOf(c.Sort)})
	if err != nil {
		return err
	}
	return s.table.DeleteAll(ctx, append(parts, c.Key))
}
