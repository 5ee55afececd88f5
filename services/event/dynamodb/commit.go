package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/platform/fault"
	log "github.com/myevents/myevents/platform/outbox/dynamodb"
	"github.com/myevents/myevents/services/event"
)

const (
	commitAttempts = 12
	maxRacePause   = 40 * time.Millisecond // about the time of a few transactions
)

// Commit makes the change in one transaction, or as a large one.
func (s *Store) Commit(ctx context.Context, c event.Change) error {
	for range commitAttempts {
		p, err := s.plan(ctx, c)
		if err != nil {
			return err
		}
		if unfinished := p.unfinished(); unfinished != nil {
			if err := s.finish(ctx, *unfinished); err != nil {
				return err
			}
			continue
		}
		err = s.make(ctx, p)
		if !errors.As(err, new(*dynamodb.Refused)) {
			return err
		}
		// Somebody was faster: at the location, or with seats. Two who were not shall not try again at the same time.
		if err := dynamodb.Pause(ctx, rand.N(maxRacePause)); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	return fault.Away("event store", errors.New("others change the same location all the time"))
}

// plan is a change with what it meets.
type plan struct {
	change    event.Change
	locations map[string]locationItem // that it touches, by id, as they are; zero for one that is not there
	events    map[string]eventItem    // likewise
	rows      []row
}

// plan reads what the change touches. It returns ErrStale where the change does not fit to it any more.
func (s *Store) plan(ctx context.Context, c event.Change) (*plan, error) {
	p := &plan{change: c, locations: map[string]locationItem{}, events: map[string]eventItem{}}
	var err error
	if p.rows, err = rowsOf(c.Messages); err != nil {
		return nil, err
	}
	// The locations first: who changes events changes their locations too, so that an event that is read here and changed
	// afterwards is noticed by the location's revision.
	touched := map[string]bool{}
	for _, e := range c.Events {
		p.events[e.ID] = eventItem{}
		touched[e.LocationID] = true
	}
	if c.Location != nil {
		touched[c.Location.ID] = true
	}
	if c.At != nil {
		touched[c.At.ID] = true
	}
	if err := s.readLocations(ctx, p, slices.Collect(maps.Keys(touched))); err != nil {
		return nil, err
	}
	if err := s.readEvents(ctx, p); err != nil {
		return nil, err
	}
	return p, p.check()
}

func (s *Store) readLocations(ctx context.Context, p *plan, ids []string) error {
	keys := make([]dynamodb.Key, len(ids))
	for i, id := range ids {
		p.locations[id] = locationItem{}
		keys[i] = locationKey(id)
	}
	found, err := dynamodb.GetAll[locationItem](ctx, s.table, keys)
	if err != nil {
		return fmt.Errorf("read locations: %w", err)
	}
	for _, l := range found {
		p.locations[l.Sort] = l
	}
	return nil
}

// readEvents reads the events, and the locations that they leave.
func (s *Store) readEvents(ctx context.Context, p *plan) error {
	var keys []dynamodb.Key
	for id := range p.events {
		keys = append(keys, eventKey(id))
	}
	found, err := dynamodb.GetAll[eventItem](ctx, s.table, keys)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	var left []string
	for _, e := range found {
		p.events[e.ID] = e
		if _, read := p.locations[e.LocationID]; !read && !slices.Contains(left, e.LocationID) {
			left = append(left, e.LocationID)
		}
	}
	return s.readLocations(ctx, p, left)
}

// check returns ErrStale where something is not as it was when the caller read it.
func (p *plan) check() error {
	for _, e := range p.change.Events {
		if p.events[e.ID].Version != e.Version-1 {
			return event.ErrStale
		}
	}
	if at := p.change.At; at != nil && p.locations[at.ID].Version != at.Version {
		return event.ErrStale
	}
	if l := p.change.Location; l != nil {
		stored := p.locations[l.ID]
		if stored.Version != l.Version-1 || stored.Version > 0 && stored.Revision != l.Revision {
			return event.ErrStale
		}
	}
	return nil
}

// unfinished returns a location with a large change that has to be finished first; nil where there is none.
func (p *plan) unfinished() *locationItem {
	for _, l := range p.locations {
		if l.Change != "" {
			return &l
		}
	}
	return nil
}

func (s *Store) make(ctx context.Context, p *plan) error {
	writes := s.eventWrites(p)
	behind := p.told()
	for _, r := range p.rows {
		writes = append(writes, s.outbox.Append(r.Name, behind, r.entries()))
		behind = []log.Row{r.Name}
	}
	for id := range p.locations {
		if next, there := p.location(id); there {
			writes = append(writes, s.table.Put(next, p.locations[id].unchanged()))
		}
	}
	if len(writes) > dynamodb.MaxWrites {
		return s.makeLarge(ctx, p)
	}
	if err := s.db.Transact(ctx, writes...); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.outbox.Committed()
	return nil
}

// eventWrites are those of the events, in the lists too where they come, move or get another start.
func (s *Store) eventWrites(p *plan) (writes []dynamodb.Write) {
	for _, e := range p.change.Events {
		before := p.events[e.ID]
		item := newEventItem(e, before)
		writes = append(writes, s.table.Put(item, before.unchanged()))
		was, is := before.places(), item.places()
		for _, place := range was {
			if !slices.Contains(is, place) {
				writes = append(writes, s.table.Delete(place, dynamodb.Condition{}))
			}
		}
		for _, place := range is {
			if !slices.Contains(was, place) {
				writes = append(writes, s.table.Put(place, dynamodb.Condition{}))
			}
		}
	}
	return writes
}

// told returns the rows that come before those of the change.
func (p *plan) told() (rows []log.Row) {
	for _, l := range p.locations {
		if !slices.Contains(rows, l.Told) {
			rows = append(rows, l.Told)
		}
	}
	return rows
}

// location returns the location as it is to be; there is false for one that is not there and does not come.
func (p *plan) location(id string) (next locationItem, there bool) {
	stored := p.locations[id]
	next = stored
	if l := p.change.Location; l != nil && l.ID == id {
		next = newLocationItem(*l)
	}
	if next.Sort == "" {
		return next, false
	}
	next.Revision, next.Told = stored.Revision+1, stored.Told
	if n := len(p.rows); n > 0 {
		next.Told = p.rows[n-1].Name
	}
	return next, true
}
