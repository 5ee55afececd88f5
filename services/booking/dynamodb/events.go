package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/dynamodb"
	"github.com/myevents/myevents/services/booking"
)

const eventsAtOnce = 16

// Apply takes the event into the copy if it is newer.
func (s *Store) Apply(ctx context.Context, e contracts.Event) (bool, error) {
	return s.copy(ctx, e.ID, booking.CopyOf(e), func(known booking.Event) bool { return e.Version > known.Version })
}

// Restore takes the events into the copy unless it is newer.
func (s *Store) Restore(ctx context.Context, events []contracts.Event) (int, error) {
	return each(events, func(e contracts.Event) (bool, error) {
		return s.copy(ctx, e.ID, booking.CopyOf(e), func(known booking.Event) bool { return e.Version >= known.Version })
	})
}

// Forget removes events from the copy.
func (s *Store) Forget(ctx context.Context, eventIDs []string) (int, error) {
	return each(eventIDs, func(id string) (bool, error) {
		return s.copy(ctx, id, booking.Event{ID: id}, func(known booking.Event) bool { return known.Version > 0 })
	})
}

// ForgetAll removes the whole copy.
func (s *Store) ForgetAll(ctx context.Context) error {
	const page = 500
	for after := ""; ; {
		known, err := s.Inventories(ctx, after, page)
		if err != nil || len(known) == 0 {
			return err
		}
		var ids []string
		for _, i := range known {
			ids = append(ids, i.Event.ID)
		}
		if _, err := s.Forget(ctx, ids); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}

// copy replaces the copy of an event if it is the one to be replaced.
func (s *Store) copy(ctx context.Context, id string, e booking.Event, replaces func(known booking.Event) bool) (bool, error) {
	done := &atomic.Bool{} // the lane's until it has answered
	err := s.do(ctx, id, entryKey(id), func(i booking.Inventory) (decision, error) {
		done.Store(replaces(i.Event))
		if done.Load() {
			i.Event = e
		}
		return decision{after: i}, nil
	})
	return err == nil && done.Load(), err
}

// each calls fn with the items, some at once, and returns for how many it was true.
func each[T any](items []T, fn func(T) (bool, error)) (int, error) {
	var n atomic.Int64
	errs := make([]error, len(items))
	slots := make(chan struct{}, eventsAtOnce)
	var running sync.WaitGroup
	for i, item := range items {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			done, err := fn(item)
			if errs[i] = err; done {
				n.Add(1)
			}
		})
	}
	running.Wait()
	return int(n.Load()), errors.Join(errs...)
}

// Inventories returns a page of the inventories that have a copy of their event.
func (s *Store) Inventories(ctx context.Context, after string, limit int) ([]booking.Inventory, error) {
	var page []booking.Inventory
	for len(page) < limit {
		ids, items, err := s.inventories(ctx, after, limit)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if i := items[id].inventory(id); i.Known() && len(page) < limit {
				page = append(page, i)
			}
		}
		if len(ids) < limit {
			break
		}
		after = ids[len(ids)-1]
	}
	return page, nil
}

// inventories returns the next event ids of the directory and their inventories.
func (s *Store) inventories(ctx context.Context, after string, limit int) (ids []string, items map[string]inventoryItem, err error) {
	entries, err := dynamodb.List[dynamodb.Key](ctx, s.table, dynamodb.Range{Partition: directory, Above: after, Limit: limit})
	if err != nil {
		return nil, nil, fmt.Errorf("read inventories: %w", err)
	}
	var keys []dynamodb.Key
	for _, e := range entries {
		ids, keys = append(ids, e.Sort), append(keys, inventoryKey(e.Sort))
	}
	found, err := dynamodb.GetAll[inventoryItem](ctx, s.table, keys)
	if err != nil {
		return nil, nil, fmt.Errorf("read inventories: %w", err)
	}
	items = make(map[string]inventoryItem, len(found))
	for _, i := range found {
		items[strings.TrimPrefix(i.Partition, "event#")] = i
	}
	return slices.Clip(ids), items, nil
}
