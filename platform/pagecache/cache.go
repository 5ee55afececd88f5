// Package pagecache answers the GETs of one path from memory: every page is encoded once, carries a strong ETag, and is
// handed out until something it shows has changed.
//
// Two kinds of news make a page old. Changed is for what people expect to see at once, and is rare: the very next request
// encodes the page anew. Moved is for what changes by the thousand a second: it ages pages too, but none is encoded
// more often than once a settling time. Whatever nobody told the cache about shows after the longest age.
package pagecache

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxKey   = 1 << 10 // bytes; longer queries are not cached
	overhead = 1 << 10 // bytes a page costs beside its body and key, roughly
)

// Options are what a Cache is made of; Path and Clock are needed.
type Options struct {
	Path     string           // the path whose GETs are cached
	Clock    func() time.Time // of real time: what the business takes for now must not make pages last
	Settle   time.Duration    // pages are encoded at most so often because of Moved; 0 means 250 ms
	MaxAge   time.Duration    // of a page in any case; 0 means 1 s
	MaxPages int              // 0 means 1024
	MaxBytes int              // 0 means 64 MiB
}

// Cache holds the pages. It is safe for concurrent use.
type Cache struct {
	options  Options
	changed  atomic.Uint64 // counts Changed
	moved    atomic.Uint64 // counts Moved
	counters counters

	mu      sync.RWMutex
	pages   map[string]*page
	bytes   int // of pages
	flights map[string]*flight
}

// New returns an empty cache.
func New(o Options) *Cache {
	setDefault(&o.Settle, 250*time.Millisecond)
	setDefault(&o.MaxAge, time.Second)
	setDefault(&o.MaxPages, 1024)
	setDefault(&o.MaxBytes, 64<<20)
	return &Cache{options: o, pages: map[string]*page{}, flights: map[string]*flight{}}
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Changed makes every page old. Call it after the change is committed.
func (c *Cache) Changed() { c.changed.Add(1) }

// Moved makes every page old once it has settled. Call it after the change is committed.
func (c *Cache) Moved() { c.moved.Add(1) }

// Handler answers from memory where it can, and keeps what next answers with status 200 where it cannot.
func (c *Cache) Handler(next http.Handler) http.Handler {
	pattern := http.MethodGet + " " + c.options.Path
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != c.options.Path {
			next.ServeHTTP(w, r)
			return
		}
		now := c.options.Clock()
		// The canonical form of a query is its own canonical form: a hit here needs no parsing.
		p, key := c.fresh(r.URL.RawQuery, now), r.URL.RawQuery
		if p == nil {
			key = canonical(r.URL.RawQuery)
			p = c.fresh(key, now)
		}
		switch {
		case p != nil:
			c.counters.hits.Add(1)
			c.counters.age.Add(int64(now.Sub(p.made)))
			r.Pattern = pattern // as the mux would have set it: telemetry reads the route from here
			p.answer(w, r)
		case len(key) > maxKey:
			next.ServeHTTP(w, r)
		default:
			c.fill(w, r, key, next)
		}
	})
}

// fresh returns the page if it may be shown now.
func (c *Cache) fresh(key string, now time.Time) *page {
	c.mu.RLock()
	p := c.pages[key]
	c.mu.RUnlock()
	if p == nil || !c.isFresh(p, now) {
		return nil
	}
	p.used.Store(now.UnixNano())
	return p
}

func (c *Cache) isFresh(p *page, now time.Time) bool {
	age := now.Sub(p.made)
	settled := p.moved == c.moved.Load() || age < c.options.Settle
	return settled && p.changed == c.changed.Load() && age < c.options.MaxAge
}

// canonical gives queries that ask for the same the same form; one that cannot be parsed stays as it is.
func canonical(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return query
	}
	return values.Encode()
}

// keep adds the page and makes room for it.
func (c *Cache) keep(key string, p *page) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.pages[key]; old != nil {
		if old.changed > p.changed {
			return // a flight that was overtaken lands late
		}
		c.drop(key, old)
	}
	c.pages[key] = p
	c.bytes += cost(key, p)
	for len(c.pages) > c.options.MaxPages || c.bytes > c.options.MaxBytes {
		c.dropOldest()
	}
}

// dropOldest drops the page that was not asked for longest. It looks at every page: there are few, and it happens only
// when one is encoded.
func (c *Cache) dropOldest() {
	var key string
	var oldest *page
	for k, p := range c.pages {
		if oldest == nil || p.used.Load() < oldest.used.Load() {
			key, oldest = k, p
		}
	}
	c.drop(key, oldest)
}

func (c *Cache) drop(key string, p *page) {
	delete(c.pages, key)
	c.bytes -= cost(key, p)
}

func cost(key string, p *page) int { return len(key) + len(p.body) + overhead }
