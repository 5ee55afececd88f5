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
	l := NewLimiter(1, 1)
	address := netip.MustParseAddr("10.0.0.0")
	for range 3 * maxClients {
		address = address.Next()
		require.Zero(t, l.Take(address, now))
	}
	require.LessOrEqual(t, len(l.full), maxClients)
	require.Positive(t, l.Take(address, now), "who came last is still known")
}

func BenchmarkLimiter(b *testing.B) {
	l := NewLimiter(1e9, 1)
	address := netip.MustParseAddr("10.0.0.1")
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		l.Take(address, now)
	}
}
