package steps

import (
	"context"
	"crypto/rand"
	"encoding/hex"
)

// traceKey is the context key of a step's trace id.
type traceKey struct{}

// withTrace returns a context for one step: all its requests belong to one new trace.
func withTrace(ctx context.Context) context.Context {
	return context.WithValue(ctx, traceKey{}, randomHex(16))
}

// TraceID returns the trace id of the step that runs in the context; empty outside of steps.
func TraceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

// traceparent returns the W3C header of one request, sampled; empty outside of steps.
func traceparent(ctx context.Context) string {
	id := TraceID(ctx)
	if id == "" {
		return ""
	}
	return "00-" + id + "-" + randomHex(8) + "-01"
}

func randomHex(size int) string {
	b := make([]byte, size)
	_, _ = rand.Read(b) // documented never to fail
	return hex.EncodeToString(b)
}
