package steps

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync/atomic"
)

// traceKey is the context key of a step's trace.
type traceKey struct{}

type trace struct {
	id   string
	used atomic.Bool // by a request, of which a step may send several at once
}

// withTrace returns a context for one step: all its requests belong to one new trace.
func withTrace(ctx context.Context) context.Context {
	return context.WithValue(ctx, traceKey{}, &trace{id: randomHex(16)})
}

// TraceID returns the id of the trace of the step that runs in the context; empty where the step sent no request.
func TraceID(ctx context.Context) string {
	t, ok := ctx.Value(traceKey{}).(*trace)
	if !ok || !t.used.Load() {
		return ""
	}
	return t.id
}

// traceparent returns the W3C header of one request, sampled; empty outside of steps.
func traceparent(ctx context.Context) string {
	t, ok := ctx.Value(traceKey{}).(*trace)
	if !ok {
		return ""
	}
	t.used.Store(true)
	return "00-" + t.id + "-" + randomHex(8) + "-01"
}

func randomHex(size int) string {
	b := make([]byte, size)
	_, _ = rand.Read(b) // documented never to fail
	return hex.EncodeToString(b)
}
