package process_test

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/process"
)

// This test is not parallel: it tunes the runtime of all.
func TestGarbageIsBoundedWhereMuchIsAlive(t *testing.T) {
	percent := debug.SetGCPercent(100)
	threads := runtime.GOMAXPROCS(0)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		runtime.GOMAXPROCS(threads)
		runtime.SetBlockProfileRate(0)
		runtime.SetMutexProfileFraction(0)
	})
	process.Tune(t.Context(), func(string) string { return "" })
	require.Equal(t, uint64(150), garbagePercent())

	for alive, most := range map[int]uint64{100 << 20: 64, 200 << 20: 50} {
		held := make([]byte, alive)
		runtime.GC()
		require.Eventually(t, func() bool { return garbagePercent() <= most }, 10*time.Second, 10*time.Millisecond, "%d bytes are alive", alive)
		require.GreaterOrEqual(t, garbagePercent(), uint64(50))
		runtime.KeepAlive(held)
	}
	runtime.GC()
	require.Eventually(t, func() bool { return garbagePercent() == 150 }, 10*time.Second, 10*time.Millisecond)
}

// This test is not parallel: it tunes the runtime of all.
func TestThreadsAreTwiceTheProcessorsHoweverOftenItIsTuned(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() {
		runtime.GOMAXPROCS(before)
		runtime.SetBlockProfileRate(0)
		runtime.SetMutexProfileFraction(0)
	})
	runtime.SetDefaultGOMAXPROCS()
	processors := runtime.GOMAXPROCS(0)
	for range 2 {
		process.Tune(t.Context(), func(name string) string { return map[string]string{"GOGC": "100"}[name] })
		require.Equal(t, 2*processors, runtime.GOMAXPROCS(0))
	}
}

// garbagePercent is what debug.SetGCPercent was last called with.
func garbagePercent() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
