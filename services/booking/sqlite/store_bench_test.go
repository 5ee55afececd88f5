package sqlite_test

import (
	"fmt"
	"math/rand/v2"
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

// shop is what a benchmark sells in: how many events and users there are, how many bookings are stored before, and how
// many buyers there are at a time, who wait for each other's commits: 32 make groups of about 20.
type shop struct{ events, users, stored, buyers int }

// BenchmarkPlace measures durable bookings: the cost must stay the same over few and many events, users and bookings.
func BenchmarkPlace(b *testing.B) {
	for _, s := range []shop{
		{100, 10_000, 1_000, 1}, {100, 10_000, 1_000, 32}, {100, 10_000, 1_000, 128}, {100, 1, 1_000, 32},
		{1, 10_000, 1_000, 32}, {10_000, 10_000, 1_000, 32}, {100, 10_000, 1_000_000, 32},
	} {
		b.Run(fmt.Sprintf("events=%d/users=%d/stored=%d/buyers=%d", s.events, s.users, s.stored, s.buyers), func(b *testing.B) {
			store := s.open(b)
			s.sell(b, store, 64, s.stored)
			b.ReportAllocs()
			before, commits := cpu(b), store.Stats()["transactions"].(int64)
			b.ResetTimer()
			s.sell(b, store, s.buyers, b.N)
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bookings/s")
			b.ReportMetric(float64(b.N)/float64(store.Stats()["transactions"].(int64)-commits), "bookings/commit")
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
	s := shop{events: 100, users: 10_000}
	store := s.open(b)
	s.sell(b, store, 64, 100_000)
	for b.Loop() {
		mismatch, err := store.Audit(b.Context())
		require.NoError(b, err)
		require.Zero(b, mismatch)
	}
}

func (s shop) open(b *testing.B) *sqlite.Store {
	store, err := sqlite.Open(b.Context(), sqlite.Options{Path: filepath.Join(b.TempDir(), "booking.db")})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	all := make([]contracts.Event, s.events)
	for i := range all {
		all[i] = contracts.Event{
			ID: made(i), Version: 1, Name: "Jazz night", StartsAt: time.Now().Add(time.Hour), Capacity: 1 << 30,
			Price: contracts.Money{Amount: 4500, Currency: "EUR"}, Status: contracts.EventScheduled,
		}
	}
	_, err = store.Restore(b.Context(), all)
	require.NoError(b, err)
	return store
}

// made is the i-th id of an event or user: all of them sort as they would had they been made at random times.
func made(i int) string {
	return fmt.Sprintf("01890a5d-ac96-774b-%04x-%012d", uint16(i*40503), i)
}

func (s shop) sell(b *testing.B, store *sqlite.Store, buyers, n int) {
	var sold atomic.Int64
	var wg sync.WaitGroup
	for range buyers {
		wg.Go(func() {
			for i := sold.Add(1); i <= int64(n); i = sold.Add(1) {
				o := booking.Order{
					BookingID: ids.New(), UserID: made(rand.IntN(s.users)), Key: key(), EventID: made(rand.IntN(s.events)), Seats: 2,
					At: time.Now().UTC(), Trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
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

// key is as random as clients' keys are.
func key() string { return fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()) }
