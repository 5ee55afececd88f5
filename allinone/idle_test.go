package allinone_test

import (
	"io"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
)

func TestIdleWaitsForTheSlowestService(t *testing.T) {
	t.Parallel()
	handling, released := make(chan struct{}, 1), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	slow := func(next message.HandlerFunc) message.HandlerFunc {
		return func(m *message.Message) ([]*message.Message, error) {
			select {
			case handling <- struct{}{}:
			default:
			}
			<-released
			return next(m)
		}
	}
	app, err := allinone.New(configure(t, "--demo"), allinone.Options{
		Logs: io.Discard,
		ConsumerMiddleware: func(service string) []message.HandlerMiddleware {
			if service != "search" {
				return nil
			}
			return []message.HandlerMiddleware{slow}
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
