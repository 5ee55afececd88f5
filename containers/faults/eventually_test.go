package faults_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// eventually waits until nothing is wrong any more. What still is, wrong says; it is called by the test's own goroutine, so
// that it may fail the test.
func eventually(t *testing.T, wrong func() string) {
	t.Helper()
	end := time.Now().Add(settleWithin)
	for {
		trouble := wrong()
		if trouble == "" {
			return
		}
		require.Less(t, time.Now(), end, trouble)
		wait(t.Context(), lookEvery)
	}
}
