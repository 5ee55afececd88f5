package door

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The bound cannot be seen through the door, so this test looks behind it.
func TestLimiterMemoryIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	l := newLimiter(1, 1)
	address := netip.MustParseAddr("10.0.0.0")
	for range 3 * maxClients {
		address = address.Next()
		require.Zero(t, l.take(address, now))
	}
	require.LessOrEqual(t, len(l.full), maxClients)
	require.Positive(t, l.take(address, now), "who came last is still known")
}

func BenchmarkLimiter(b *testing.B) {
	l := newLimiter(1e9, 1)
	address := netip.MustParseAddr("10.0.0.1")
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		l.take(address, now)
	}
}
