package httpserver

import (
	"context"
	"net"
)

type stoppingKey struct{}

// Stopping returns a channel that is closed when the server that received the request begins to stop; nil, which never is,
// where no server did. An answer without an end, such as a stream of events, has to end then: Stop waits for it.
func Stopping(ctx context.Context) <-chan struct{} {
	stopping, _ := ctx.Value(stoppingKey{}).(chan struct{})
	return stopping
}

// withStopping returns an http.Server's BaseContext.
func withStopping(stopping chan struct{}) func(net.Listener) context.Context {
	return func(net.Listener) context.Context {
		return context.WithValue(context.Background(), stoppingKey{}, stopping)
	}
}
