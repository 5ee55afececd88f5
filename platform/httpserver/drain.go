package httpserver

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// drain asks clients to leave. Shutdown of net/http closes connections that seem idle, and a client may just be sending a
// request on one: it cannot know whether that was done, and may not send it again. So first every answer says that it is
// the last of its connection.
type drain struct {
	stopping <-chan struct{} // closed when clients shall leave
	open     atomic.Int64    // connections
}

// drainCheck is how often the connections are counted.
const drainCheck = 5 * time.Millisecond

// handler returns next, whose answers end their connection while clients shall leave.
func (d *drain) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-d.stopping:
			w.Header().Set("Connection", "close")
		default:
		}
		next.ServeHTTP(w, r)
	})
}

// count is an http.Server's ConnState.
func (d *drain) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		d.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		d.open.Add(-1)
	default: // neither more nor fewer
	}
}

// wait returns when all clients have left, at the latest after the given time or with ctx.
func (d *drain) wait(ctx context.Context, atMost time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	again := time.NewTicker(drainCheck)
	defer again.Stop()
	for d.open.Load() > 0 {
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}
