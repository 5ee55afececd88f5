package forward_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/gateway/forward"
)

// deadline is how long a test waits for what must come.
const deadline = 10 * time.Second

func options() forward.Options {
	return forward.Options{Name: "booking", URL: "http://booking", Timeout: deadline, MaxCalls: 10, Transport: &http.Transport{}}
}

func newService(t testing.TB, o forward.Options) *forward.Service {
	t.Helper()
	s, err := forward.New(o)
	require.NoError(t, err)
	return s
}

// doors are the two ways to a service: over a socket and within the process. They are tried one after the other, as both
// share what behind keeps.
func doors(t *testing.T, behind http.HandlerFunc, test func(t *testing.T, s *forward.Service)) {
	t.Helper()
	t.Run("over a socket", func(t *testing.T) {
		server := httptest.NewServer(behind)
		t.Cleanup(server.Close)
		o := options()
		o.URL, o.Transport = server.URL, server.Client().Transport
		test(t, newService(t, o))
	})
	t.Run("in memory", func(t *testing.T) {
		o := options()
		o.Transport = httpserver.InMemory(behind)
		test(t, newService(t, o))
	})
}

func send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func code(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var p httpserver.Problem
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p), w.Body.String())
	return p.Code
}

func TestPassesRequestAndAnswerOn(t *testing.T) {
	t.Parallel()
	doors(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Saw", strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body)}, " "))
		w.Header()["Saw-Names"] = names(r.Header)
		w.Header().Set("Proxy-Authenticate", "hop")
		w.Header().Set("Etag", `"1"`)
		w.Header().Add("Vary", "Accept-Encoding")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(bytes.Repeat([]byte("a"), 100_000))
	}, func(t *testing.T, s *forward.Service) {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/events/a%2Fb/bookings?x=1&y=%20", strings.NewReader(`{"seats":2}`))
		r.Header = http.Header{
			"Idempotency-Key": {"k"}, "Connection": {"keep-alive, X-Hop"}, "X-Hop": {"1"}, "Keep-Alive": {"1"},
			"Te": {"trailers"}, "Upgrade": {"h2c"}, "Proxy-Authorization": {"secret"}, "User-Agent": {"test"}, "Accept-Encoding": {"gzip"},
		}
		w := httptest.NewRecorder()
		w.Header().Set("Vary", "Origin")
		s.ServeHTTP(w, r)

		require.Equal(t, http.StatusCreated, w.Code)
		require.Equal(t, 100_000, w.Body.Len())
		require.Equal(t, `POST /api/v1/events/a%2Fb/bookings x=1&y=%20 {"seats":2}`, w.Header().Get("Saw"))
		require.Equal(t, `"1"`, w.Header().Get("Etag"))
		require.Equal(t, []string{"Origin", "Accept-Encoding"}, w.Header().Values("Vary"), "the door's own header stays")
		require.Empty(t, w.Header().Get("Proxy-Authenticate"))
		saw := w.Header()["Saw-Names"]
		require.Contains(t, saw, "Idempotency-Key")
		for _, name := range []string{"Connection", "X-Hop", "Keep-Alive", "Te", "Upgrade", "Proxy-Authorization"} {
			require.NotContains(t, saw, name)
		}
	})
}

func names(h http.Header) []string {
	all := make([]string, 0, len(h))
	for name := range h {
		all = append(all, name)
	}
	return all
}

func TestServiceAwayIsNamed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	var logged atomic.Value
	o := options()
	o.URL = server.URL
	o.Failed = func(_ context.Context, service string, err error) { logged.Store(service + ": " + err.Error()) }
	w := send(newService(t, o), httptest.NewRequest(http.MethodPost, "/api/v1/bookings", nil))

	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, "unavailable", code(t, w))
	require.Contains(t, w.Body.String(), "booking service")
	require.NotContains(t, w.Body.String(), "refused", "why is for the log")
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	require.Contains(t, logged.Load(), "booking: ")
}

// flaky fails the first calls.
type flaky struct {
	failures int32
	calls    atomic.Int32
}

func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.calls.Add(1) <= f.failures {
		return nil, errors.New("connection reset")
	}
	return httpserver.InMemory(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).RoundTrip(r)
}

// A service that stops closes connections that seem idle, even where a request has just been sent on one.
func TestBookingOnAConnectionThatBreaksTakesAnother(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // connections have goroutines of their own
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Method+" "+string(body))
		if len(got) == 2 {
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(server.Close)
	o := options()
	o.URL, o.Transport = server.URL, server.Client().Transport
	s := newService(t, o)
	require.Equal(t, http.StatusOK, send(s, httptest.NewRequest(http.MethodGet, "/api/v1/events", nil)).Code, "this opens it")
	r := httptest.NewRequest(http.MethodPost, "/api/v1/events/a/bookings", strings.NewReader(`{"seats":2}`))
	r.Header.Set("Idempotency-Key", "k")

	require.Equal(t, http.StatusOK, send(s, r).Code)
	require.Equal(t, []string{"GET ", `POST {"seats":2}`, `POST {"seats":2}`}, got)
}

func TestOnlyReadingIsRepeated(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, method string
		body         io.Reader
		failures     int32
		status       int
		calls        int32
	}{
		{"a GET that fails once", http.MethodGet, nil, 1, http.StatusOK, 2},
		{"a GET that fails three times", http.MethodGet, nil, 3, http.StatusOK, 4},
		{"a GET that goes on failing", http.MethodGet, nil, 100, http.StatusServiceUnavailable, 4},
		{"a GET with a body, which is spent", http.MethodGet, strings.NewReader("x"), 1, http.StatusServiceUnavailable, 1},
		{"a POST", http.MethodPost, nil, 1, http.StatusServiceUnavailable, 1},
		{"a DELETE", http.MethodDelete, nil, 1, http.StatusServiceUnavailable, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			transport := &flaky{failures: c.failures}
			o := options()
			o.Transport = transport
			w := send(newService(t, o), httptest.NewRequest(c.method, "/", c.body))
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.calls, transport.calls.Load())
		})
	}
}

func TestServiceThatGoesOnFailingIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	transport := &flaky{failures: 5}
	o := options()
	o.Transport = transport
	s := newService(t, o)
	post := func() int { return send(s, httptest.NewRequest(http.MethodPost, "/", nil)).Code }
	for range 20 {
		require.Equal(t, http.StatusServiceUnavailable, post())
	}
	require.Equal(t, int32(5), transport.calls.Load(), "the circuit opened")
	require.Equal(t, "open", s.State())

	require.Eventually(t, func() bool { return post() == http.StatusOK }, deadline, 20*time.Millisecond)
	require.Equal(t, int32(6), transport.calls.Load(), "one trial was enough")
	require.Equal(t, "closed", s.State())
}

func TestServiceThatGoesOnSayingThatItCannotIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	o := options()
	o.Transport = httpserver.InMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) <= 5 {
			httpserver.WriteProblem(w, r, fault.Away("booking store", errors.New("connection refused")))
		}
	}))
	s := newService(t, o)
	for i := range 10 {
		w := send(s, httptest.NewRequest(http.MethodGet, "/", nil))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, i < 5, strings.Contains(w.Body.String(), "booking store"), "its own answer, as long as it is asked")
	}
	require.Equal(t, int32(5), calls.Load(), "the circuit opened")
	require.Eventually(t, func() bool {
		return send(s, httptest.NewRequest(http.MethodGet, "/", nil)).Code == http.StatusOK
	}, deadline, 20*time.Millisecond)
	require.Equal(t, "closed", s.State())
}

func TestSlowServiceIsGivenUp(t *testing.T) {
	t.Parallel()
	doors(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, func(t *testing.T, s *forward.Service) {
		o := options()
		o.Timeout = 20 * time.Millisecond
		o.Transport, o.URL = transportOf(s), s.URL("")
		w := send(newService(t, o), httptest.NewRequest(http.MethodGet, "/", nil))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "unavailable", code(t, w))
	})
}

// transportOf reaches a service through another one.
func transportOf(s *forward.Service) http.RoundTripper { return roundTripper(s.Do) }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestClientWhoLeavesCancelsTheCallAndIsNotTheServicesFault(t *testing.T) {
	t.Parallel()
	arrived := make(chan context.Context, 1)
	doors(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.Context()
		<-r.Context().Done()
	}, func(t *testing.T, s *forward.Service) {
		for range 10 { // twice what opens a circuit
			ctx, leave := context.WithCancel(t.Context())
			done := make(chan int, 1)
			go func() {
				done <- send(s, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx)).Code
			}()
			seen := <-arrived
			leave()
			<-seen.Done()
			require.Equal(t, 499, <-done)
		}
		require.Equal(t, "closed", s.State())
	})
}

func TestSlowServiceCannotHoldMoreThanItsShare(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	o := options()
	o.MaxCalls = 1
	o.Transport = httpserver.InMemory(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	s := newService(t, o)
	first := make(chan int)
	go func() { first <- send(s, httptest.NewRequest(http.MethodGet, "/", nil)).Code }()
	<-arrived
	require.Equal(t, http.StatusServiceUnavailable, send(s, httptest.NewRequest(http.MethodGet, "/", nil)).Code)
	close(release)
	require.Equal(t, http.StatusOK, <-first)
	require.Equal(t, "closed", s.State(), "being busy is not failing")
}

func TestBodyOverTheLimitIsTheClientsFault(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(server.Close)
	o := options()
	o.URL = server.URL
	s := newService(t, o)
	for range 6 {
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("0123456789")))
		r.Body = http.MaxBytesReader(nil, r.Body, 5)
		w := send(s, r)
		require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
		require.Equal(t, "body-too-large", code(t, w))
	}
	require.Equal(t, "closed", s.State())
}

func TestHalfAnAnswerIsNotPassedOffAsWhole(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(broken.Close)
	o := options()
	o.URL = broken.URL
	front := httptest.NewServer(newService(t, o))
	t.Cleanup(front.Close)

	answer, err := front.Client().Get(front.URL)
	if err == nil {
		_, err = io.ReadAll(answer.Body)
		require.NoError(t, answer.Body.Close())
	}
	require.Error(t, err)
}

func TestAddressesAreChecked(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "booking:8080", "/booking", "http://", "http://booking/base"} {
		o := options()
		o.URL = url
		_, err := forward.New(o)
		require.ErrorContains(t, err, "booking service", url)
	}
}
