package process

import (
	"runtime"
	"runtime/debug"
)

const (
	// gcPercent: a service's live heap is small and its garbage plenty, so collecting less often costs little memory and
	// saves some of the processor; more would cost more memory than it saves time.
	gcPercent = 150
	// threadsPerCPU: with one thread a processor, a store's writer that comes back from fsync waits for the next scheduling
	// point of whatever computes meanwhile, such as a merge of the search index. With two the kernel lets it in at once.
	threadsPerCPU = 2
)

// Tune sets the Go runtime for a process of services. GOGC and GOMAXPROCS in the environment win.
func Tune(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(threadsPerCPU * runtime.GOMAXPROCS(0))
	}
}
