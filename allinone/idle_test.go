package allinone_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/messaging"
)

func TestIdleWaitsForTheSlowestService(t *testing.T) {
	t.Parallel()
	handling, released := make(chan struct{}, 1), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	slow := func(next messaging.BatchHandler) messaging.BatchHandler {
		return func(ctx context.Context, batch []cloudevent.Event) []error {
			select {
			case handling <- struct{}{}:
			default:
			}
			<-released
			return next(ctx, batch)
		}
	}
	app, err := allinone.New(configure(t, "--demo"), allinone.Options{
		Logs: io.Discard,
		ConsumerMiddleware: func(service string) []messaging.Middleware {
			if service != "search" {
				return nil
			}
			return []messaging.Middleware{slow}
		},
	})
	require.NoError(t, err)
	require.NoError(t, app.Start(t.Context()))
	defer func() {
		release()
		require.NoError(t, app.Stop(t.Context()))
	}()

	<-handling
	require.False(t, app.Idle(t.Context()))
	release()
	require.Eventually(t, func() bool { return app.Idle(t.Context()) }, 10*time.Second, 10*time.Millisecond)
}
