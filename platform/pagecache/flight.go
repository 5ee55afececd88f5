package pagecache

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// fillTimeout bounds the making of a page, whose first asker may be gone long before the others.
const fillTimeout = 10 * time.Second

// flight is the making of a page, for everybody who asks for it meanwhile.
type flight struct {
	made           time.Time // when it began: what was committed later may be missing
	changed, moved uint64
	done           chan struct{} // closed by whoever opened the flight
	page           *page         // set before done is closed; nil where the answer was no page
}

// fill lets the first asker make the page and the others wait for it. Where there is no page to show, such as for an
// invalid query, each gets an answer of its own.
func (c *Cache) fill(w http.ResponseWriter, r *http.Request, key string, next http.Handler) {
	f, first := c.board(key)
	if first {
		c.counters.misses.Add(1)
		c.fly(w, r, key, f, next)
		return
	}
	select {
	case <-f.done:
	case <-r.Context().Done():
		return
	}
	if f.page == nil {
		next.ServeHTTP(w, r)
		return
	}
	r.Pattern = http.MethodGet + " " + c.options.Path
	c.counters.shared.Add(1)
	f.page.answer(w, r)
}

// board returns the flight for the key and whether the caller opened it and has to fly it. A flight that began before
// the last change is left alone: whoever made that change must see it.
func (c *Cache) board(key string) (f *flight, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := c.changed.Load()
	if f := c.flights[key]; f != nil && f.changed == changed {
		return f, false
	}
	f = &flight{made: c.options.Clock(), changed: changed, moved: c.moved.Load(), done: make(chan struct{})}
	c.flights[key] = f
	return f, true
}

// fly has next make the answer, and lands even where next panics.
func (c *Cache) fly(w http.ResponseWriter, r *http.Request, key string, f *flight, next http.Handler) {
	defer c.land(key, f)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), fillTimeout)
	defer cancel()
	answer := &recorder{header: http.Header{}, status: http.StatusOK}
	r.Pattern = http.MethodGet + " " + c.options.Path
	next.ServeHTTP(answer, unconditional(ctx, r))
	if answer.status != http.StatusOK {
		answer.replay(w)
		return
	}
	p := newPage(answer.header, answer.body.Bytes(), f)
	c.keep(key, p)
	f.page = p
	p.answer(w, r)
}

// unconditional returns the request for a whole page: its first asker may have it already, the others may not.
func unconditional(ctx context.Context, r *http.Request) *http.Request {
	whole := r.Clone(ctx)
	whole.Header.Del("If-None-Match")
	return whole
}

func (c *Cache) land(key string, f *flight) {
	c.mu.Lock()
	if c.flights[key] == f {
		delete(c.flights, key)
	}
	c.mu.Unlock()
	close(f.done)
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *recorder) Header() http.Header         { return a.header }
func (a *recorder) WriteHeader(status int)      { a.status = status }
func (a *recorder) Write(p []byte) (int, error) { return a.body.Write(p) }

// replay gives the answer to the one who asked.
func (a *recorder) replay(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // fails only where the client has gone
}
