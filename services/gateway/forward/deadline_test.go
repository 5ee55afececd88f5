package forward_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/httpserver"
)

// contextOf returns the context that the service saw, after serve has been called in it and the call is over.
func contextOf(parent context.Context, t *testing.T, timeout time.Duration, serve func(context.Context)) context.Context {
	t.Helper()
	seen := make(chan context.Context, 1)
	o := options()
	o.Timeout = timeout
	o.Transport = httpserver.InMemory(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen <- r.Context()
		serve(r.Context())
	}))
	send(newService(t, o), httptest.NewRequest(http.MethodPost, "/", http.NoBody).WithContext(parent))
	return <-seen
}

func TestCallHasADeadlineWhetherSomebodyWaitsForItOrNot(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(context.Context){
		"waits": func(ctx context.Context) { <-ctx.Done() },
		"looks now and then": func(ctx context.Context) {
			for ctx.Err() == nil {
				runtime.Gosched()
			}
		},
		"waits in a context of its own": func(ctx context.Context) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			<-ctx.Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contextOf(t.Context(), t, 20*time.Millisecond, func(ctx context.Context) {
				at, ok := ctx.Deadline()
				require.True(t, ok)
				require.NoError(t, ctx.Err())
				wait(ctx)
				require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
				require.False(t, time.Now().Before(at))
			})
		})
	}
}

func TestEarlierDeadlineOfTheClientStays(t *testing.T) {
	t.Parallel()
	parent, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	contextOf(parent, t, 2*time.Hour, func(ctx context.Context) {
		at, _ := ctx.Deadline()
		want, _ := parent.Deadline()
		require.Equal(t, want, at)
	})
}

func TestContextEndsWithTheCall(t *testing.T) {
	t.Parallel()
	unwaited := contextOf(t.Context(), t, deadline, func(context.Context) {})
	require.ErrorIs(t, unwaited.Err(), context.Canceled)
	<-unwaited.Done()
	require.ErrorIs(t, unwaited.Err(), context.Canceled)

	ended := make(chan struct{})
	contextOf(t.Context(), t, deadline, func(ctx context.Context) {
		context.AfterFunc(ctx, func() { close(ended) })
		require.NoError(t, ctx.Err())
	})
	<-ended
}
