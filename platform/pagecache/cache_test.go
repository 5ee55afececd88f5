package pagecache_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/pagecache"
)

const path = "/api/v1/events"

// shelf is a cache in front of a handler that counts how often it is asked and answers what it holds.
type shelf struct {
	*pagecache.Cache
	handler http.Handler
	now     time.Time
	made    atomic.Int64
	body    atomic.Value // string
	status  int
	making  func(r *http.Request) // called while a page is made
}

func newShelf(o pagecache.Options) *shelf {
	s := &shelf{now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), status: http.StatusOK, making: func(*http.Request) {}}
	s.body.Store("first")
	o.Path, o.Clock = path, func() time.Time { return s.now }
	s.Cache = pagecache.New(o)
	s.handler = s.Cache.Handler(http.HandlerFunc(s.make))
	return s
}

func (s *shelf) make(w http.ResponseWriter, r *http.Request) {
	s.made.Add(1)
	body := s.body.Load().(string)
	s.making(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(s.status)
	_, _ = w.Write([]byte(body))
}

func (s *shelf) get(query string, headers ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, path+query, http.NoBody)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return s.do(r)
}

func (s *shelf) do(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, answer *http.Response) string {
	b, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(b)
}

func TestPageIsMadeOnceAndAnsweredTheSame(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	first, second := s.get("?limit=10"), s.get("?limit=10")
	require.EqualValues(t, 1, s.made.Load())
	require.Equal(t, http.StatusOK, second.StatusCode)
	require.Equal(t, first.Header, second.Header)
	require.Equal(t, "no-cache", second.Header.Get("Cache-Control"))
	require.Equal(t, "application/json", second.Header.Get("Content-Type"))
	require.Equal(t, "5", second.Header.Get("Content-Length"))
	require.Regexp(t, `^"[0-9a-f]{32}"$`, second.Header.Get("ETag"))
}

func TestQueriesThatAskForTheSameShareAPage(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	for _, query := range []string{"?a=1&b=2", "?b=2&a=1", "?a=%31&b=2"} {
		s.get(query)
	}
	require.EqualValues(t, 1, s.made.Load())
	s.get("?a=1")
	s.get("")
	require.EqualValues(t, 3, s.made.Load())
}

func TestClientThatHasThePageIsToldSo(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	etag := s.get("").Header.Get("ETag")
	for condition, status := range map[string]int{
		etag: 304, "W/" + etag: 304, `"other", ` + etag: 304, "*": 304, `"other"`: 200, "": 200, strings.Trim(etag, `"`): 200,
	} {
		answer := s.get("", "If-None-Match", condition)
		require.Equal(t, status, answer.StatusCode, condition)
		require.Equal(t, etag, answer.Header.Get("ETag"))
		if status == http.StatusNotModified {
			require.Empty(t, body(t, answer))
			require.Empty(t, answer.Header.Get("Content-Type"))
			require.Equal(t, "no-cache", answer.Header.Get("Cache-Control"))
		}
	}
	s.Changed()
	require.Equal(t, http.StatusNotModified, s.get("", "If-None-Match", etag).StatusCode, "made anew, and the same")
	s.body.Store("second")
	s.Changed()
	require.Equal(t, http.StatusOK, s.get("", "If-None-Match", etag).StatusCode)
}

func TestOldPageIsMadeAnew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		news func(s *shelf)
		made int64
	}{
		"not while nothing happens":           {func(*shelf) {}, 1},
		"at once after a change":              {func(s *shelf) { s.Changed() }, 2},
		"not at once after seats moved":       {func(s *shelf) { s.Moved(); s.now = s.now.Add(249 * time.Millisecond) }, 1},
		"when the seats have settled":         {func(s *shelf) { s.Moved(); s.now = s.now.Add(250 * time.Millisecond) }, 2},
		"when seats moved long after":         {func(s *shelf) { s.now = s.now.Add(300 * time.Millisecond); s.Moved() }, 2},
		"not only because it has settled":     {func(s *shelf) { s.now = s.now.Add(999 * time.Millisecond) }, 1},
		"after a second, whatever it was":     {func(s *shelf) { s.now = s.now.Add(time.Second) }, 2},
		"at once after seats and a change":    {func(s *shelf) { s.Moved(); s.Changed() }, 2},
		"when a change came while it is made": {func(s *shelf) { s.Changed(); s.making = func(*http.Request) { s.Changed() }; s.get("") }, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(pagecache.Options{})
			s.get("")
			c.news(s)
			s.making = func(*http.Request) {}
			s.get("")
			require.Equal(t, c.made, s.made.Load())
		})
	}
}

func TestConstantBookingsCostOnePageASettlingTime(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	for range 1000 { // a second
		s.Moved()
		s.get("")
		s.now = s.now.Add(time.Millisecond)
	}
	require.EqualValues(t, 4, s.made.Load())
}

func TestConcurrentAskersShareTheMakingOfAPage(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	release := make(chan struct{})
	s.making = func(*http.Request) { <-release }
	var group sync.WaitGroup
	var answers [20]*http.Response
	for i := range answers {
		group.Go(func() { answers[i] = s.get("") })
	}
	require.Eventually(t, func() bool { return s.made.Load() == 1 }, time.Second, time.Millisecond)
	close(release)
	group.Wait()
	require.EqualValues(t, 1, s.made.Load())
	for _, answer := range answers {
		require.Equal(t, "first", body(t, answer))
	}
}

func TestWhoeverMadeAChangeSeesIt(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	release := make(chan struct{})
	s.making = func(*http.Request) {
		if s.made.Load() == 1 {
			<-release
		}
	}
	old := make(chan *http.Response)
	go func() { old <- s.get("") }()
	require.Eventually(t, func() bool { return s.made.Load() == 1 }, time.Second, time.Millisecond)

	s.body.Store("second")
	s.Changed()
	require.Equal(t, "second", body(t, s.get("")), "does not wait for the page that is being made")

	close(release)
	require.Equal(t, "first", body(t, <-old))
	require.Equal(t, "second", body(t, s.get("")), "the late page does not replace it")
	require.EqualValues(t, 2, s.made.Load())
}

func TestPageOutlivesItsFirstAsker(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	s.making = func(r *http.Request) {
		cancel()
		if r.Context().Err() != nil {
			t.Error("the making was cancelled")
		}
		if _, ok := r.Context().Deadline(); !ok {
			t.Error("the making has no deadline")
		}
	}
	s.do(httptest.NewRequest(http.MethodGet, path, http.NoBody).WithContext(ctx))
	s.get("")
	require.EqualValues(t, 1, s.made.Load())
}

func TestAnswersThatAreNoPagesAreNotKept(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	s.status = http.StatusBadRequest
	for i := range int64(2) {
		answer := s.get("?limit=x")
		require.Equal(t, http.StatusBadRequest, answer.StatusCode)
		require.Equal(t, "first", body(t, answer))
		require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
		require.Empty(t, answer.Header.Get("ETag"))
		require.Equal(t, i+1, s.made.Load())
	}
}

func TestPanicFreesThoseWhoWait(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	s.making = func(*http.Request) { panic("defect") }
	require.PanicsWithValue(t, "defect", func() { s.get("") })
	s.making = func(*http.Request) {}
	require.Equal(t, http.StatusOK, s.get("").StatusCode)
}

func TestOtherRequestsPassThrough(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodPost, path, http.NoBody),
		httptest.NewRequest(http.MethodHead, path, http.NoBody),
		httptest.NewRequest(http.MethodGet, path+"/1", http.NoBody),
		httptest.NewRequest(http.MethodGet, path+"?name="+strings.Repeat("x", 1100), http.NoBody),
	} {
		for range 2 {
			require.Empty(t, s.do(r).Header.Get("ETag"))
		}
	}
	require.EqualValues(t, 8, s.made.Load())
}

func TestRouteIsNamedForTelemetry(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	for range 2 {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		s.do(r)
		require.Equal(t, "GET "+path, r.Pattern)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]pagecache.Options{
		"by pages": {MaxPages: 10},
		"by bytes": {MaxBytes: 10 * (1<<10 + 5 + 5)}, // ten pages of five bytes, with keys of five
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(o)
			for i := range 50 {
				s.get(fmt.Sprintf("?id=%02d", i))
				s.now = s.now.Add(time.Microsecond)
				s.get("?id=00") // asked for all the time: stays
				s.now = s.now.Add(time.Microsecond)
			}
			require.EqualValues(t, 50, s.made.Load())
			for i := 49; i > 40; i-- {
				s.get(fmt.Sprintf("?id=%02d", i))
			}
			require.EqualValues(t, 50, s.made.Load(), "the newest are there")
			s.get("?id=39")
			require.EqualValues(t, 51, s.made.Load(), "an old one is not")
		})
	}
}

// silent is a response writer that costs nothing.
type silent struct{ header http.Header }

func (s silent) Header() http.Header             { return s.header }
func (silent) WriteHeader(int)                   {}
func (silent) Write(p []byte) (int, error)       { return len(p), nil }
func (silent) WriteShared(p []byte) (int, error) { return len(p), nil }

func BenchmarkHandler(b *testing.B) {
	for name, c := range map[string]struct {
		query       string
		conditional bool
	}{"hit": {query: "?limit=100"}, "hit, other order": {query: "?limit=100&country=DE"}, "304": {query: "?limit=100", conditional: true}} {
		b.Run(name, func(b *testing.B) {
			s := newShelf(pagecache.Options{})
			s.body.Store(strings.Repeat("x", 40<<10))
			etag := s.get(c.query).Header.Get("ETag")
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r := httptest.NewRequest(http.MethodGet, path+c.query, http.NoBody)
				if c.conditional {
					r.Header.Set("If-None-Match", etag)
				}
				w := silent{header: http.Header{}}
				for pb.Next() {
					clear(w.header)
					s.handler.ServeHTTP(w, r)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

func TestStatsSayWhatBecameOfRequests(t *testing.T) {
	t.Parallel()
	s := newShelf(pagecache.Options{})
	s.get("?limit=10")
	s.now = s.now.Add(100 * time.Millisecond)
	s.get("?limit=10")
	s.get("?limit=20")
	s.do(httptest.NewRequest(http.MethodPost, path, http.NoBody))
	stats := s.Stats()
	require.Positive(t, stats.Bytes)
	stats.Bytes = 0
	require.Equal(t, pagecache.Stats{Hits: 1, Misses: 2, Age: 100 * time.Millisecond, Pages: 2}, stats)
}
