package passwords_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/identity/passwords"
)

func hasher(t testing.TB, pepper string, cost int) *passwords.Hasher {
	t.Helper()
	h, err := passwords.New(pepper, cost)
	require.NoError(t, err)
	return h
}

func TestMatch(t *testing.T) {
	t.Parallel()
	h := hasher(t, "pepper", passwords.MinCost)
	long := strings.Repeat("long ", 40)
	tests := map[string]struct {
		stored, given string
		match         bool
	}{
		"the same":                          {"correct horse", "correct horse", true},
		"another one":                       {"correct horse", "correct house", false},
		"another case":                      {"correct horse", "Correct horse", false},
		"longer than bcrypt reads":          {long, long, true},
		"different after bcrypt's 72 bytes": {long + "a", long + "b", false},
		"different after a zero byte":       {"correct\x00horse", "correct\x00house", false},
		"not a text":                        {"\xff\xfe", "\xff\xfe", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hash, err := h.Hash(t.Context(), test.stored)
			require.NoError(t, err)
			match, err := h.Match(t.Context(), hash, test.given)
			require.NoError(t, err)
			require.Equal(t, test.match, match)
		})
	}
}

func TestAStolenHashIsUselessWithoutThePepper(t *testing.T) {
	t.Parallel()
	hash, err := hasher(t, "pepper", passwords.MinCost).Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	match, err := hasher(t, "salt", passwords.MinCost).Match(t.Context(), hash, "correct horse")
	require.NoError(t, err)
	require.False(t, match)
}

func TestNobodysPasswordTakesAsLong(t *testing.T) {
	t.Parallel()
	h := hasher(t, "pepper", 7)
	hash, err := h.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	took := func(hash string) time.Duration {
		best := time.Hour // of several: the machine may be busy with something else
		for range 3 {
			start := time.Now()
			match, err := h.Match(t.Context(), hash, "wrong")
			require.NoError(t, err)
			require.False(t, match)
			best = min(best, time.Since(start))
		}
		return best
	}
	require.Greater(t, took(""), took(hash)/3)
}

func TestWaitingForATurnEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	h := hasher(t, "pepper", passwords.MinCost)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var refused bool
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 100 { // a free turn may win against the cancelled context, not a hundred times
		wg.Go(func() {
			_, err := h.Hash(ctx, "correct horse")
			mu.Lock()
			defer mu.Unlock()
			refused = refused || fault.KindOf(err) == fault.Unavailable
		})
	}
	wg.Wait()
	require.True(t, refused)
	_, err := h.Hash(t.Context(), "correct horse")
	require.NoError(t, err, "every turn was given back")
}

func TestPseudonymIsKeyed(t *testing.T) {
	t.Parallel()
	h := hasher(t, "pepper", passwords.MinCost)
	afterRestart := hasher(t, "pepper", passwords.MinCost)
	require.Equal(t, h.Pseudonym("ada@example.org"), afterRestart.Pseudonym("ada@example.org"))
	require.NotEqual(t, h.Pseudonym("ada@example.org"), h.Pseudonym("bob@example.org"))
	require.NotEqual(t, h.Pseudonym("ada@example.org"), hasher(t, "salt", passwords.MinCost).Pseudonym("ada@example.org"))
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := passwords.New("", passwords.DefaultCost)
	require.ErrorContains(t, err, "pepper")
	for _, cost := range []int{0, passwords.MinCost - 1, passwords.MaxCost + 1} {
		_, err = passwords.New("pepper", cost)
		require.ErrorContains(t, err, "cost")
	}
}

func BenchmarkMatch(b *testing.B) {
	h := hasher(b, "pepper", passwords.DefaultCost)
	hash, err := h.Hash(b.Context(), "correct horse")
	require.NoError(b, err)
	for b.Loop() {
		_, _ = h.Match(b.Context(), hash, "correct horse")
	}
}
