package sqlite_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/myevents/myevents/platform/sqlite"
)

// BenchmarkWrite measures durable single-insert writes a second: the writers share transactions.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db := open(b, sqlite.Options{Path: filepath.Join(b.TempDir(), "bench.db")})
			var next atomic.Int64
			b.SetParallelism((writers + 1) / 2)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					id := next.Add(1)
					err := db.Write(b.Context(), func(tx *sqlite.Tx) error {
						_, err := tx.Exec("INSERT INTO things (id, name) VALUES (?, ?)", id, "a name of the usual length")
						return err
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
			b.ReportMetric(float64(b.N)/float64(db.Stats()["transactions"].(int64)), "writes/commit")
		})
	}
}
