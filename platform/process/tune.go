package process

import (
	"runtime"
	"runtime/debug"
	"time"
)

const (
	// gcPercent: a service's live heap is small and its garbage plenty, so collecting less often costs little memory and
	// saves some of the processor; more would cost more memory than it saves time.
	gcPercent = 150
	// threadsPerCPU: with one thread a processor, a store's writer that comes back from fsync waits for the next scheduling
	// point of whatever computes meanwhile, such as a merge of the search index. With two the kernel lets it in at once.
	threadsPerCPU = 2
	// Without a rate the block and mutex profiles of the admin port would be empty. These cost nothing that can be measured:
	// of waits one in each 10 ms of waiting is looked at, of contended locks one in a hundred.
	blockProfileRate     = 10 * time.Millisecond
	mutexProfileFraction = 100
)

// Tune sets the Go runtime for a process of services, and makes it profile what waits. GOGC and GOMAXPROCS in the environment win.
func Tune(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(threadsPerCPU * runtime.GOMAXPROCS(0))
	}
	runtime.SetBlockProfileRate(int(blockProfileRate.Nanoseconds()))
	runtime.SetMutexProfileFraction(mutexProfileFraction)
}
