package crowd

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tally counts answers, since the last line and since the start.
type tally struct {
	mu      sync.Mutex
	began   time.Time
	lastly  time.Time // when recent began
	recent  counts
	overall counts
}

func newTally() *tally { return &tally{recent: newCounts(), overall: newCounts()} }

// counts are of one span of time.
type counts struct {
	requests int
	booked   int
	latency  latencies
	refused  map[string]int // by status: what was wrong in the request, and meant to be
	errors   map[string]int // by what was asked, and by status or by why there was none
	away     int            // visits of people who all had something else to do
}

func newCounts() counts { return counts{refused: map[string]int{}, errors: map[string]int{}} }

func (t *tally) start() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.began = time.Now()
	t.lastly, t.recent, t.overall = t.began, newCounts(), newCounts()
}

func (t *tally) count(with func(*counts)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	with(&t.recent)
	with(&t.overall)
}

func (t *tally) booked() { t.count(func(c *counts) { c.booked++ }) }

func (t *tally) turnAway() { t.count(func(c *counts) { c.away++ }) }

func (t *tally) answered(r request, status int, took time.Duration, expected bool) {
	t.count(func(c *counts) {
		c.requests++
		c.latency.add(took)
		switch {
		case !expected:
			c.errors[r.route()+" "+strconv.Itoa(status)]++
		case status >= http.StatusBadRequest:
			c.refused[strconv.Itoa(status)]++
		}
	})
}

func (t *tally) failed(r request, why string, took time.Duration) {
	t.count(func(c *counts) {
		c.requests++
		c.latency.add(took)
		c.errors[r.route()+" "+why]++
	})
}

// line tells what happened since the line before.
func (t *tally) line() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	text := t.recent.String(now.Sub(t.lastly))
	t.lastly, t.recent = now, newCounts()
	return text
}

// summary tells what happened since the start.
func (t *tally) summary() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	took := time.Since(t.began)
	return fmt.Sprintf("in %s %d requests: %s", took.Round(time.Second), t.overall.requests, t.overall.String(took))
}

// String tells of the counts that were made in so much time.
func (c *counts) String(took time.Duration) string {
	return fmt.Sprintf("%.1f/s  p50 %s  p99 %s  booked %d  refused %s  errors %s  turned away %d", float64(c.requests)/took.Seconds(),
		short(c.latency.quantile(.5)), short(c.latency.quantile(.99)), c.booked, list(c.refused, " "), list(c.errors, ", "), c.away)
}

func short(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

func list(byName map[string]int, separator string) string {
	if len(byName) == 0 {
		return "none"
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, fmt.Sprintf("%s=%d", name, byName[name]))
	}
	return strings.Join(all, separator)
}

// The bounds of latencies: its buckets begin at shortest, and each ends a twentieth above the one before.
const (
	shortest = 50 * time.Microsecond
	growth   = 1.05
	buckets  = 300 // the last of which ends after two minutes
)

// latencies keeps durations in as little memory after a week as after a second. The zero value is empty.
type latencies struct {
	total   int
	buckets [buckets]int
}

func (l *latencies) add(d time.Duration) {
	l.total++
	i := int(math.Log(float64(d)/float64(shortest)) / math.Log(growth))
	l.buckets[min(max(i, 0), buckets-1)]++
}

// quantile returns the end of the bucket in which a share q of all durations is reached; 0 where there are none.
func (l *latencies) quantile(q float64) time.Duration {
	below := 0
	for i, n := range l.buckets {
		if below += n; n > 0 && float64(below) >= q*float64(l.total) {
			return time.Duration(float64(shortest) * math.Pow(growth, float64(i+1)))
		}
	}
	return 0
}
