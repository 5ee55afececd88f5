package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/event/sqlite"
)

// BenchmarkEvents reads pages of 100 events: they must cost the same among 100 events and among 10,000, and at both ends.
func BenchmarkEvents(b *testing.B) {
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, n := range []int{200, 10_000} {
		s := fill(b, n, start)
		last := event.Position{StartsAt: start.Add(time.Duration(n-101) * time.Minute), ID: "~"}
		for name, c := range map[string]struct {
			filter event.Filter
			after  event.Position
		}{
			"first page":       {},
			"last page":        {after: last},
			"of a location":    {filter: event.Filter{LocationID: "l1"}},
			"of a country":     {filter: event.Filter{Country: "DE"}, after: last},
			"from a day":       {filter: event.Filter{From: last.StartsAt}},
			"with a rare name": {filter: event.Filter{Name: "none"}},
		} {
			b.Run(fmt.Sprintf("%d events, %s", n, name), func(b *testing.B) {
				for b.Loop() {
					_, err := s.Events(b.Context(), c.filter, c.after, 100)
					require.NoError(b, err)
				}
			})
		}
	}
}

func fill(b *testing.B, n int, start time.Time) *sqlite.Store {
	s := open(b, b.TempDir(), nil)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	loc := event.Location{ID: "l1", Version: 1, Name: "Old Brewery", Country: "DE", Halls: []contracts.Hall{{Name: "Hall", Capacity: 1}}}
	change := event.Change{Location: &loc}
	for i := range n {
		change.Events = append(change.Events, event.Event{
			ID: fmt.Sprintf("e%05d", i), Version: 1, Name: "Jazz night", StartsAt: start.Add(time.Duration(i) * time.Minute),
			LocationID: "l1", Country: "DE", Hall: "Hall", Capacity: 1, Status: contracts.EventScheduled,
		})
	}
	require.NoError(b, s.Commit(b.Context(), change))
	return s
}
