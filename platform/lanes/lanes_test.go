package lanes_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/lanes"
)

// seen is what lanes have done, by key.
type seen struct {
	mu      sync.Mutex
	batches map[string][][]int
}

func (s *seen) open(key string) func([]int) {
	return func(batch []int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.batches[key] = append(s.batches[key], append([]int(nil), batch...))
	}
}

func TestJobsOfAKeyAreDoneInOrderAndAllBeforeCloseReturns(t *testing.T) {
	t.Parallel()
	const jobs, most = 1000, 7
	s := &seen{batches: map[string][][]int{}}
	l := lanes.New(lanes.First[int](most), s.open)
	for i := range jobs {
		require.True(t, l.Add("a", i))
		require.True(t, l.Add("b", i))
	}
	l.Close()
	require.False(t, l.Add("a", jobs), "closed")
	for _, key := range []string{"a", "b"} {
		next := 0
		for _, batch := range s.batches[key] {
			require.LessOrEqual(t, len(batch), most)
			for _, job := range batch {
				require.Equal(t, next, job)
				next++
			}
		}
		require.Equal(t, jobs, next)
		require.False(t, l.Busy(key))
	}
}

func TestWhatComesMeanwhileGathersAndOtherKeysGoOn(t *testing.T) {
	t.Parallel()
	s := &seen{batches: map[string][][]int{}}
	begun, release, other := make(chan struct{}), make(chan struct{}), make(chan struct{})
	l := lanes.New(lanes.First[int](10), func(key string) func([]int) {
		record := s.open(key)
		return func(batch []int) {
			record(batch)
			switch {
			case key == "b":
				close(other)
			case batch[0] == 0:
				close(begun)
				<-release
			}
		}
	})
	l.Add("a", 0)
	<-begun
	for i := 1; i < 4; i++ {
		l.Add("a", i)
	}
	l.Add("b", 0)
	<-other
	require.True(t, l.Busy("a"))
	close(release)
	l.Close()
	require.Equal(t, [][]int{{0}, {1, 2, 3}}, s.batches["a"])
}
