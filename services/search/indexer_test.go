package search_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/indextest"
)

// slowIndex records batches. It stands in for a real index where a test needs the time of a batch under control.
type slowIndex struct {
	search.Index
	takes time.Duration
	err   error

	mu     sync.Mutex
	sizes  []int
	starts []time.Time
}

func (s *slowIndex) Apply(_ context.Context, documents []search.Document) error {
	s.mu.Lock()
	s.sizes, s.starts = append(s.sizes, len(documents)), append(s.starts, time.Now())
	s.mu.Unlock()
	time.Sleep(s.takes) //nolint:forbidigo // in a bubble with a clock of its own
	return s.err
}

func document(i int) search.Document {
	return search.BookingDocument(indextest.Booking(fmt.Sprintf("b%06d", i), "ann", "Jazz night"))
}

// indexing runs test in a bubble of time of its own, with a started indexer of the index.
func indexing(t *testing.T, index *slowIndex, test func(t *testing.T, x *search.Indexer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x := search.NewIndexer(index, time.Now)
		require.NoError(t, x.Start(t.Context()))
		defer func() { require.NoError(t, x.Stop(context.Background())) }()
		test(t, x)
	})
}

func TestIndexerSharesABatch(t *testing.T) {
	t.Parallel()
	index := &slowIndex{takes: 10 * time.Millisecond}
	indexing(t, index, func(t *testing.T, x *search.Indexer) {
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if err := x.Add(t.Context(), document(i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, []int{50}, index.sizes)
		require.Equal(t, 15*time.Millisecond, time.Since(start), "5 ms of waiting for more and 10 ms of work")
	})
}

func TestIndexerWaitsForMoreOnlySoLong(t *testing.T) {
	t.Parallel()
	index := &slowIndex{}
	indexing(t, index, func(t *testing.T, x *search.Indexer) {
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				// Never a pause long enough.
				time.Sleep(time.Duration(i) * 4 * time.Millisecond) //nolint:forbidigo // in a bubble with a clock of its own
				if err := x.Add(t.Context(), document(i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Greater(t, len(index.sizes), 1)
		require.Equal(t, 50*time.Millisecond, index.starts[0].Sub(start))
	})
}

func TestIndexerFlushesAFullBatchAtOnce(t *testing.T) {
	t.Parallel()
	index := &slowIndex{}
	indexing(t, index, func(t *testing.T, x *search.Indexer) {
		start := time.Now()
		var documents []search.Document
		for i := range 1000 {
			documents = append(documents, document(i))
		}
		require.NoError(t, x.Add(t.Context(), documents...))
		require.Zero(t, time.Since(start))
	})
}

func TestIndexerLeavesMostOfTheTimeToOthers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ takes, period time.Duration }{
		"a rest follows each batch":       {40 * time.Millisecond, 165 * time.Millisecond}, // 5 collecting, 40 working, 120 resting
		"a slow disk makes no long rests": {200 * time.Millisecond, 505 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			index := &slowIndex{takes: c.takes}
			indexing(t, index, func(t *testing.T, x *search.Indexer) {
				for i := range 4 {
					require.NoError(t, x.Add(t.Context(), document(i)))
				}
				for i := 1; i < len(index.starts); i++ {
					require.Equal(t, c.period, index.starts[i].Sub(index.starts[i-1]))
				}
			})
		})
	}
}

func TestIndexerTellsEveryoneWhenABatchFails(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	indexing(t, &slowIndex{err: full}, func(t *testing.T, x *search.Indexer) {
		failures := make(chan error, 2)
		for i := range 2 {
			go func() { failures <- x.Add(t.Context(), document(i)) }()
		}
		require.ErrorIs(t, <-failures, full)
		require.ErrorIs(t, <-failures, full)
	})
}

func TestIndexerStopsWithoutLosingWhatItTook(t *testing.T) {
	t.Parallel()
	index := &slowIndex{takes: time.Second}
	indexing(t, index, func(t *testing.T, x *search.Indexer) {
		added := make(chan error, 1)
		go func() { added <- x.Add(t.Context(), document(1)) }()
		synctest.Wait() // taken, and lingering

		require.NoError(t, x.Stop(t.Context()))

		require.NoError(t, <-added)
		require.Equal(t, []int{1}, index.sizes)
		require.Equal(t, fault.Unavailable, fault.KindOf(x.Add(t.Context(), document(2))))
	})
}

func TestIndexerStopGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	indexing(t, &slowIndex{takes: time.Minute}, func(t *testing.T, x *search.Indexer) {
		go func() { _ = x.Add(t.Context(), document(1)) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, x.Stop(ctx), context.DeadlineExceeded)
	})
}

func TestIndexerAddEndsWithItsContext(t *testing.T) {
	t.Parallel()
	indexing(t, &slowIndex{takes: 10 * time.Second}, func(t *testing.T, x *search.Indexer) {
		for range 2 { // the first waits for its batch, the second to be taken
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			require.ErrorIs(t, x.Add(ctx, document(1)), context.DeadlineExceeded)
		}
	})
}
