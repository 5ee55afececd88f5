package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/ids"
	"github.com/myevents/myevents/services/booking"
	"github.com/myevents/myevents/services/booking/sqlite"
)

const buyers = 64

// BenchmarkPlace measures durable bookings a second with 64 buyers, over few and many events and on top of few and many
// bookings: the cost must stay the same.
func BenchmarkPlace(b *testing.B) {
	for _, c := range []struct{ events, stored int }{{1, 0}, {10, 1_000}, {100, 1_000}, {10_000, 1_000}, {100, 1_000_000}} {
		b.Run(fmt.Sprintf("events=%d/stored=%d", c.events, c.stored), func(b *testing.B) {
			store := newShop(b, c.events)
			sell(b, store, c.events, c.stored)
			b.ReportAllocs()
			b.ResetTimer()
			before := cpu(b)
			sell(b, store, c.events, b.N)
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bookings/s")
		})
	}
}

// cpu is the processor time the process has used: unlike the elapsed time it hardly depends on what else the machine does.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAudit measures an audit of 100,000 bookings.
func BenchmarkAudit(b *testing.B) {
	store := newShop(b, 100)
	sell(b, store, 100, 100_000)
	for b.Loop() {
		mismatch, err := store.Audit(b.Context())
		require.NoError(b, err)
		require.Zero(b, mismatch)
	}
}

func newShop(b *testing.B, events int) *sqlite.Store {
	store, err := sqlite.Open(b.Context(), sqlite.Options{Path: filepath.Join(b.TempDir(), "booking.db")})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	all := make([]contracts.Event, events)
	for i := range all {
		all[i] = contracts.Event{
			ID: eventID(i), Version: 1, Name: "Jazz night", StartsAt: time.Now().Add(time.Hour), Capacity: 1 << 30,
			Price: contracts.Money{Amount: 4500, Currency: "EUR"}, Status: contracts.EventScheduled,
		}
	}
	_, err = store.Restore(b.Context(), all)
	require.NoError(b, err)
	return store
}

func eventID(i int) string { return fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", i) }

func sell(b *testing.B, store *sqlite.Store, events, n int) {
	var sold atomic.Int64
	var wg sync.WaitGroup
	for range buyers {
		wg.Go(func() {
			for i := sold.Add(1); i <= int64(n); i = sold.Add(1) {
				o := booking.Order{
					BookingID: ids.New(), UserID: fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", i%10_000), Key: ids.New(),
					EventID: eventID(int(i) % events), Seats: 2, At: time.Now().UTC(),
					Trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
				}
				if _, _, err := store.Place(b.Context(), o); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
