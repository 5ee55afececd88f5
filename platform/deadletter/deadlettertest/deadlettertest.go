// Package deadlettertest is the suite that every deadletter.Store passes, unchanged.
package deadlettertest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/fault"
)

// Letter returns a letter with the id.
func Letter(id string) deadletter.Letter {
	at := time.Date(2030, 1, 2, 3, 4, 5, 6000, time.UTC)
	return deadletter.Letter{
		ID: id, Service: "billing", Topic: "booking", Type: "booking.confirmed", Subject: "event-1",
		Payload: deadletter.Payload(`{"seats":2}`), ParkedAt: at,
		Failures: []deadletter.Failure{{Time: at, Error: "out of paper"}},
	}
}

// Run tests a store that is empty.
func Run(t *testing.T, s deadletter.Store) {
	t.Helper()
	ctx := t.Context()
	empty := Letter("billing.2")
	empty.Payload = nil
	for _, l := range []deadletter.Letter{Letter("billing.3"), Letter("billing.1"), empty, Letter("billing.1")} {
		require.NoError(t, s.Park(ctx, l))
	}
	n, err := s.Count(ctx)
	require.NoError(t, err)
	require.Equal(t, 3, n, "parking one message twice makes one letter")

	first, err := s.List(ctx, "", 2)
	require.NoError(t, err)
	require.Equal(t, []deadletter.Letter{Letter("billing.1"), empty}, first)
	rest, err := s.List(ctx, "billing.2", 2)
	require.NoError(t, err)
	require.Equal(t, []deadletter.Letter{Letter("billing.3")}, rest)

	changed := Letter("billing.3")
	changed.Failures = append(changed.Failures, deadletter.Failure{Time: changed.ParkedAt.Add(time.Hour), Error: "still out"})
	require.NoError(t, s.Update(ctx, changed))
	got, err := s.Get(ctx, "billing.3")
	require.NoError(t, err)
	require.Equal(t, changed, got)
	require.NoError(t, s.Drop(ctx, "billing.3"))

	_, err = s.Get(ctx, "billing.3")
	for _, err := range []error{err, s.Update(ctx, changed), s.Drop(ctx, "billing.3")} {
		require.Equal(t, "dead-letter-not-found", fault.CodeOf(err))
		require.Equal(t, fault.NotFound, fault.KindOf(err))
	}
}
