package containers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/outbox"
)

// publishOneAtATime hands the lease of a log from one instance to the next.
func publishOneAtATime(t *testing.T, firstLog, secondLog outbox.Log) {
	t.Helper()
	first, second := firstLog.(outbox.Shared), secondLog.(outbox.Shared)
	require.True(t, leased(t, first))
	require.False(t, leased(t, second))

	for position, log := range []outbox.Log{firstLog, secondLog, firstLog} { // a cursor never goes back
		require.NoError(t, log.SaveCursor(t.Context(), 7-int64(position)))
	}
	require.NoError(t, first.Release(t.Context()))
	require.Eventually(t, func() bool {
		mine, saved, err := second.Lease(t.Context())
		require.NoError(t, err)
		require.True(t, !mine || saved == 7, "it goes on where the first was")
		return mine
	}, 10*time.Second, 50*time.Millisecond)
	require.False(t, leased(t, first))
}

func leased(t *testing.T, log outbox.Shared) bool {
	t.Helper()
	mine, _, err := log.Lease(t.Context())
	require.NoError(t, err)
	return mine
}
