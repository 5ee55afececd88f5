package pagecache

import (
	"sync/atomic"
	"time"
)

// Stats say what became of the requests that the cache could answer, and how much it holds.
type Stats struct {
	Hits   uint64        // answered from memory
	Shared uint64        // waited for a page that was being made for somebody else
	Misses uint64        // had a page made
	Age    time.Duration // of the pages at their hits, summed up
	Pages  int
	Bytes  int
}

// counters are what Stats are made of.
type counters struct {
	hits, shared, misses atomic.Uint64
	age                  atomic.Int64 // nanoseconds
}

// Stats returns the numbers of now.
func (c *Cache) Stats() Stats {
	c.mu.RLock()
	pages, bytes := len(c.pages), c.bytes
	c.mu.RUnlock()
	return Stats{
		Hits: c.counters.hits.Load(), Shared: c.counters.shared.Load(), Misses: c.counters.misses.Load(),
		Age: time.Duration(c.counters.age.Load()), Pages: pages, Bytes: bytes,
	}
}
