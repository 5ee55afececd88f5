package process

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// gcPercent: a service's live heap is small and its garbage plenty, so collecting less often costs little memory and
	// saves some of the processor; more would cost more memory than it saves time.
	gcPercent = 150
	// mostGarbage bounds what that comes to where the live heap is not small. In one process with everybody it is not: the
	// embedded broker keeps what it stored in the last ten seconds, which is 90 MB of bytes at 9,000 bookings a second. They
	// have no pointers, so that collecting earlier costs next to nothing.
	mostGarbage = 64 << 20
	// leastPercent: where even more is alive, collecting would cost more than the memory is worth.
	leastPercent = 50
	// gcPace is how often the live heap is looked at.
	gcPace = time.Second

	// threadsPerCPU: with one thread a processor, a store's writer that comes back from fsync waits for the next scheduling
	// point of whatever computes meanwhile, such as a merge of the search index. With two the kernel lets it in at once.
	threadsPerCPU = 2
	// Without a rate the block and mutex profiles of the admin port would be empty. These cost nothing that can be measured:
	// of waits one in each 10 ms of waiting is looked at, of contended locks one in a hundred.
	blockProfileRate     = 10 * time.Millisecond
	mutexProfileFraction = 100
)

// Tune sets the Go runtime for a process of services, until ctx ends, and makes it profile what waits. GOGC and GOMAXPROCS in
// the environment win.
func Tune(ctx context.Context, getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
		go boundGarbage(ctx)
	}
	if getenv("GOMAXPROCS") == "" {
		runtime.SetDefaultGOMAXPROCS() // it may have been doubled: tests run one platform after the other
		runtime.GOMAXPROCS(threadsPerCPU * runtime.GOMAXPROCS(0))
	}
	runtime.SetBlockProfileRate(int(blockProfileRate.Nanoseconds()))
	runtime.SetMutexProfileFraction(mutexProfileFraction)
}

// boundGarbage keeps to mostGarbage. A memory limit would not do: where as much as that is alive, Go collects without a pause.
func boundGarbage(ctx context.Context) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	look := time.NewTicker(gcPace)
	defer look.Stop()
	for percent := gcPercent; ; {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		metrics.Read(live)
		wanted := percentFor(live[0].Value.Uint64())
		if wanted != percent { // setting it stops everybody for a moment
			percent = wanted
			debug.SetGCPercent(percent)
		}
	}
}

// percentFor returns how much garbage may be made, as a share of what lives, before it is collected.
func percentFor(live uint64) int {
	if live <= mostGarbage*100/gcPercent {
		return gcPercent
	}
	return max(leastPercent, int(mostGarbage*100/live))
}
