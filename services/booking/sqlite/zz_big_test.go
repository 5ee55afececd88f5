package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/services/booking/sqlite"
)

func BenchmarkBig(b *testing.B) {
	dir := os.Getenv("BIGDIR")
	store, err := sqlite.Open(b.Context(), sqlite.Options{Path: filepath.Join(dir, "booking.db")})
	require.NoError(b, err)
	defer store.Close()
	all := make([]contracts.Event, 100)
	for i := range all {
		all[i] = contracts.Event{
			ID: eventID(i), Version: 1, Name: "Jazz night", StartsAt: time.Now().Add(time.Hour), Capacity: 1 << 30,
			Price: contracts.Money{Amount: 4500, Currency: "EUR"}, Status: contracts.EventScheduled,
		}
	}
	_, err = store.Restore(b.Context(), all)
	require.NoError(b, err)
	total := 0
	for _, n := range []int{30_000, 60_000, 850_000, 60_000} {
		began, before := time.Now(), cpu(&*b)
		sell(b, store, 100, n)
		total += n
		fmt.Printf("up to %d: %.0f/s cpu %d ns\n", total, float64(n)/time.Since(began).Seconds(), int(cpu(b)-before)/n)
	}
	for range 2 {
		began, before := time.Now(), cpu(b)
		m, err := store.Audit(b.Context())
		fmt.Println("audit", m, err, time.Since(began), "cpu", cpu(b)-before)
	}
}
