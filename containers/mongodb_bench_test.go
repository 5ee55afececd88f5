package containers_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/ids"
	"github.com/myevents/myevents/platform/outbox"
)

// BenchmarkMongoDBPlace measures durable bookings by 32 buyers, for many events and for one that all want.
func BenchmarkMongoDBPlace(b *testing.B) {
	for _, events := range []int{100, 1} {
		b.Run(fmt.Sprint("events=", events), func(b *testing.B) {
			store := openBookings(b, mongoDBAt(b, b.TempDir()), nil)
			for i := range events {
				e := jazz(1 << 30)
				e.ID = fmt.Sprint("event", i)
				_, err := store.Apply(b.Context(), e)
				require.NoError(b, err)
			}
			reading, stop := context.WithCancel(b.Context())
			var relay, buyers sync.WaitGroup
			relay.Go(func() { readOn(reading, store.Outbox()) })
			var sold atomic.Int64
			b.ResetTimer()
			for range 32 {
				buyers.Go(func() {
					for i := sold.Add(1); i <= int64(b.N); i = sold.Add(1) {
						o := orderOf(fmt.Sprint("user", i%1000), fmt.Sprint("k", i), fmt.Sprint("event", i%int64(events)))
						o.BookingID = ids.New()
						if _, _, err := store.Place(b.Context(), o); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			buyers.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bookings/s")
			stop()
			relay.Wait()
		})
	}
}

// readOn reads the log to its end again and again, as a relay does, until ctx ends.
func readOn(ctx context.Context, log outbox.Log) {
	rest := time.NewTicker(5 * time.Millisecond)
	defer rest.Stop()
	for after := int64(0); ctx.Err() == nil; <-rest.C {
		entries, err := log.Read(ctx, after, 500)
		if err == nil && len(entries) > 0 {
			after = entries[len(entries)-1].Seq
		}
	}
}
