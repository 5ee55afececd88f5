package crowd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/allinone/crowd"
)

// door stands in front of a platform's own and sees all that comes through. It may answer a request itself.
type door struct {
	*httptest.Server
	answer lie // nil: nothing

	mu       sync.Mutex
	requests []*http.Request // with no bodies
	inside   int
	most     int // that were inside at once
}

func newDoor(t *testing.T, app *allinone.App, answer lie) *door {
	t.Helper()
	to, err := url.Parse(app.GatewayURL())
	require.NoError(t, err)
	d := &door{answer: answer}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.enter(r)
		defer d.leave()
		if d.answer == nil || !d.answer(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *door) enter(r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, r)
	d.inside++
	d.most = max(d.most, d.inside)
}

func (d *door) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside--
}

// searches returns what was searched for.
func (d *door) searches() (words []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.requests {
		if r.URL.Path == "/api/v1/search" {
			words = append(words, r.URL.Query().Get("q"))
		}
	}
	return words
}

func TestEveryRequestBelongsToASampledTrace(t *testing.T) {
	t.Parallel()
	d := newDoor(t, platform(t, "--demo"), nil)
	o := visitors(d.URL, io.Discard)
	o.Duration = time.Second
	require.NoError(t, crowd.Run(t.Context(), o))
	traces := map[string]bool{}
	for _, r := range d.requests {
		parent := r.Header.Get("Traceparent")
		require.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`, parent)
		traces[parent] = true
	}
	require.Len(t, traces, len(d.requests), "each in its own")
}

func TestErrorsAreToldByWhatWasAsked(t *testing.T) {
	t.Parallel()
	d := newDoor(t, platform(t, "--demo"), func(w http.ResponseWriter, r *http.Request) bool {
		away := strings.HasPrefix(r.URL.Path, "/api/v1/search") || r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v1/events/")
		if away {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return away
	})
	var out bytes.Buffer
	o := visitors(d.URL, &out)
	o.Duration = 4 * time.Second
	require.NoError(t, crowd.Run(t.Context(), o))
	require.Regexp(t, `errors GET /events/{id} 503=\d+, GET /search 503=\d+(, GET /search/bookings 503=\d+)?  turned away`, out.String())
}

func TestTheSameSeedMakesTheSameVisits(t *testing.T) {
	t.Parallel()
	app := platform(t, "--demo")
	searchesOf := func(seed uint64) []string {
		d := newDoor(t, app, nil)
		o := visitors(d.URL, io.Discard)
		o.Rate, o.Duration, o.People, o.Seed = 20, 4*time.Second, 500, seed // so many that somebody is always free
		require.NoError(t, crowd.Run(t.Context(), o))
		return d.searches()
	}
	first := searchesOf(1)
	require.GreaterOrEqual(t, len(first), 4)
	require.Subset(t, searchesOf(1), first[:4], "on a busy machine one overtakes another, and the last ones do not come")
	require.NotSubset(t, searchesOf(2), first[:4])
}

func TestASlowPlatformDoesNotGetMoreVisitsThanThereArePeople(t *testing.T) {
	t.Parallel()
	d := newDoor(t, platform(t, "--demo"), func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			select {
			case <-time.After(200 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
		return false
	})
	var out strings.Builder
	o := visitors(d.URL, &out)
	o.Duration, o.People = 2*time.Second, 2
	require.NoError(t, crowd.Run(t.Context(), o))
	require.Regexp(t, `turned away [1-9]`, out.String())
	require.LessOrEqual(t, d.most, 3, "two, and one beside them who audits the events")
}

func TestTheAuditFindsWhatIsNotAsItWasAnswered(t *testing.T) {
	t.Parallel()
	app := platform(t, "--demo")
	for _, c := range []struct {
		name string
		lie  lie
		says string
	}{
		{"lost", loses, "answered 404"},
		{"other seats", changes, "has 99 seats and is confirmed"},
		{"repeated order refused", repeats(), "repeated, its order was answered 409"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var lies atomic.Int64
			d := newDoor(t, app, func(w http.ResponseWriter, r *http.Request) bool {
				lied := c.lie(w, r)
				if lied && lies.Add(1) == 5 { // some of them have been heard
					stop()
				}
				return lied
			})
			o := visitors(d.URL, io.Discard)
			o.Duration = time.Minute
			err := crowd.Run(ctx, o)
			require.ErrorContains(t, err, "bookings and events are not as they were answered")
			require.ErrorContains(t, err, c.says)
		})
	}
}

const bookings = "/api/v1/bookings/"

// lie answers a request, or reports that it does not.
type lie func(http.ResponseWriter, *http.Request) bool

// loses forgets all bookings.
func loses(w http.ResponseWriter, r *http.Request) bool {
	lost := r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, bookings)
	if lost {
		w.WriteHeader(http.StatusNotFound)
	}
	return lost
}

// changes shows every booking with other seats than it had.
func changes(w http.ResponseWriter, r *http.Request) bool {
	id, single := strings.CutPrefix(r.URL.Path, bookings)
	if r.Method != http.MethodGet || !single {
		return false
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"id": id, "seats": 99, "status": "confirmed"})
	return true
}

// repeats refuses an order that was answered before.
func repeats() lie {
	var mu sync.Mutex
	seen := map[string]bool{}
	return func(w http.ResponseWriter, r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		key := r.Header.Get("Idempotency-Key")
		mu.Lock()
		defer mu.Unlock()
		again := key != "" && seen[key]
		seen[key] = true
		if again {
			w.WriteHeader(http.StatusConflict)
		}
		return again
	}
}
