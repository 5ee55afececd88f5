package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/health"
)

type report struct {
	Status       string
	Version      string
	Dependencies []struct {
		Name, Status, Error string
		LatencyMS           float64 `json:"latency_ms"`
		Detail              map[string]any
	}
}

func get(t *testing.T, r *health.Registry, path string) (int, report) {
	t.Helper()
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var body report
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	return w.Code, body
}

func fine(context.Context) (map[string]any, error) { return map[string]any{"open_connections": 3}, nil }

func broken(context.Context) (map[string]any, error) {
	return map[string]any{"tried": "db:1"}, errors.New("connection refused")
}

func TestLivenessDependsOnNothing(t *testing.T) {
	t.Parallel()
	r := health.New()
	r.Register("booking.store", broken)
	status, body := get(t, r, "/livez")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "ok", body.Status)
}

func TestReadinessFollowsStartAndDrain(t *testing.T) {
	t.Parallel()
	r := health.New()
	r.Register("booking.store", broken)
	for _, step := range []struct {
		set    func()
		status int
	}{
		{func() {}, http.StatusServiceUnavailable},
		{func() { r.SetReady(true) }, http.StatusOK},
		{func() { r.SetReady(false) }, http.StatusServiceUnavailable},
	} {
		step.set()
		status, _ := get(t, r, "/readyz")
		require.Equal(t, step.status, status)
	}
}

func TestHealthIsOkWhileEveryCheckPasses(t *testing.T) {
	t.Parallel()
	r := health.New()
	r.Register("b", fine)
	r.Register("a", fine)

	status, body := get(t, r, "/healthz?verbose")

	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "ok", body.Status)
	require.Len(t, body.Dependencies, 2)
	require.Equal(t, "a", body.Dependencies[0].Name)
	require.Equal(t, map[string]any{"open_connections": 3.0}, body.Dependencies[0].Detail)

	_, body = get(t, r, "/healthz")
	require.Empty(t, body.Dependencies, "details only when asked for")
}

func TestHealthNamesWhatFails(t *testing.T) {
	t.Parallel()
	r := health.New()
	r.Register("broker", fine)
	r.Register("store", broken)

	status, body := get(t, r, "/healthz?verbose")

	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "failing", body.Status)
	require.Equal(t, "ok", body.Dependencies[0].Status)
	require.Equal(t, "failing", body.Dependencies[1].Status)
	require.Equal(t, "connection refused", body.Dependencies[1].Error)
	require.Equal(t, map[string]any{"tried": "db:1"}, body.Dependencies[1].Detail)

	status, _ = get(t, r, "/healthz")
	require.Equal(t, http.StatusServiceUnavailable, status)

	r.Register("store", fine)
	status, _ = get(t, r, "/healthz")
	require.Equal(t, http.StatusOK, status, "a check can be replaced")
}

func TestChecksRunInParallel(t *testing.T) {
	t.Parallel()
	r := health.New()
	met := make(chan struct{})
	r.Register("a", func(ctx context.Context) (map[string]any, error) { return nil, meet(ctx, func() { met <- struct{}{} }) })
	r.Register("b", func(ctx context.Context) (map[string]any, error) { return nil, meet(ctx, func() { <-met }) })
	status, body := get(t, r, "/healthz?verbose")
	require.Equal(t, http.StatusOK, status, body)
}

// meet does what needs the other check to run; the check deadline ends it otherwise.
func meet(ctx context.Context, with func()) error {
	done := make(chan struct{})
	go func() { with(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestCheckThatHangsFailsAfterASecondAndDoesNotPileUp(t *testing.T) {
	t.Parallel()
	r := health.New()
	r.Register("fine", fine)
	calls, release := make(chan struct{}, 10), make(chan struct{})
	r.Register("stuck", func(context.Context) (map[string]any, error) {
		calls <- struct{}{}
		<-release // heeds no context
		return nil, nil
	})

	start := time.Now()
	status, body := get(t, r, "/healthz?verbose")
	require.Less(t, time.Since(start), 5*time.Second)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "ok", body.Dependencies[0].Status)
	require.Contains(t, body.Dependencies[1].Error, "deadline")
	require.GreaterOrEqual(t, body.Dependencies[1].LatencyMS, 900.0)

	_, body = get(t, r, "/healthz?verbose")
	require.Contains(t, body.Dependencies[1].Error, "has not come back")
	require.Len(t, calls, 1)

	close(release)
	require.Eventually(t, func() bool {
		status, _ := get(t, r, "/healthz")
		return status == http.StatusOK
	}, 5*time.Second, time.Millisecond, "it recovers")
}

func TestRequiredDependencyHoldsReadinessUntilItHasPassedOnce(t *testing.T) {
	t.Parallel()
	r := health.New()
	var away atomic.Bool
	away.Store(true)
	r.Require("booking.keys", func(context.Context) (map[string]any, error) {
		if away.Load() {
			return nil, errors.New("no keys yet")
		}
		return nil, nil
	})
	r.SetReady(true)
	for _, step := range []struct {
		away bool
		want int
	}{{true, http.StatusServiceUnavailable}, {false, http.StatusOK}, {true, http.StatusOK}} {
		away.Store(step.away)
		status, _ := get(t, r, "/readyz")
		require.Equal(t, step.want, status)
	}
}

func TestProcessIsReadyOnlyWhileItHasWhatItNeeds(t *testing.T) {
	t.Parallel()
	r := health.New()
	var away atomic.Bool
	r.Need("booking.store", func(context.Context) (map[string]any, error) {
		if away.Load() {
			return nil, errors.New("no store")
		}
		return nil, nil
	})
	r.Register("broker", broken)
	r.SetReady(true)
	for _, step := range []struct {
		away bool
		want int
	}{{false, http.StatusOK}, {true, http.StatusServiceUnavailable}, {false, http.StatusOK}} {
		away.Store(step.away)
		status, _ := get(t, r, "/readyz")
		require.Equal(t, step.want, status)
		status, _ = get(t, r, "/livez")
		require.Equal(t, http.StatusOK, status)
	}
}

func TestReportOfAServiceHasItsOwnChecksAndThoseOfTheProcess(t *testing.T) {
	t.Parallel()
	r := health.New()
	for _, name := range []string{"broker", "booking.store", "event.store", "book.store"} {
		r.Register(name, fine)
	}
	r.Register("search.index", broken)
	w := httptest.NewRecorder()
	r.Of("booking", "1.2.3").ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, http.StatusOK, w.Code)
	var body report
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	require.Equal(t, "1.2.3", body.Version)
	require.Len(t, body.Dependencies, 2)
	require.Equal(t, "booking.store", body.Dependencies[0].Name)
	require.Equal(t, "broker", body.Dependencies[1].Name)
}

func TestThoseWhoAskAtTheSameTimeAllLearnTheResult(t *testing.T) {
	t.Parallel()
	r := health.New()
	var calls atomic.Int64
	asked, release := make(chan struct{}), make(chan struct{})
	r.Register("slow", func(context.Context) (map[string]any, error) {
		if calls.Add(1) == 1 {
			close(asked)
			<-release
		}
		return nil, nil
	})
	statuses := make(chan int, 3)
	ask := func(ctx context.Context) {
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/healthz", nil))
		statuses <- w.Code
	}
	first, leave := context.WithCancel(t.Context())
	go ask(first)
	<-asked
	go ask(t.Context())
	go ask(t.Context())
	leave()
	require.Equal(t, http.StatusServiceUnavailable, <-statuses, "the one who left")
	close(release)
	require.Equal(t, http.StatusOK, <-statuses)
	require.Equal(t, http.StatusOK, <-statuses)
}
