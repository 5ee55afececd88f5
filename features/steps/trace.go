package steps

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync/atomic"
)

// traceKey is the context key of a step's trace.
type traceKey struct{}

// trace is what the requests of one step belong to.
type trace struct {
	id     string
	caller caller
	used   atomic.Bool // by a request, of which a step may send several at once
}

// caller is how requests tell which trace they belong to, and whether that is sampled.
type caller struct {
	headers string // "W3C", "B3" or "B3 single"; empty: they do not tell
	sampled bool
}

// withTrace returns a context for one step: all its requests belong to one new trace.
func withTrace(ctx context.Context, c caller) context.Context {
	return context.WithValue(ctx, traceKey{}, &trace{id: randomHex(16), caller: c})
}

// TraceID returns the id of the trace of the step that runs in the context; empty where the step sent no request.
func TraceID(ctx context.Context) string {
	t, ok := ctx.Value(traceKey{}).(*trace)
	if !ok || !t.used.Load() {
		return ""
	}
	return t.id
}

// traceHeaders returns the headers of one request, and the ids in them; nothing outside of steps.
func traceHeaders(ctx context.Context) (headers map[string]string, trace, span string) {
	t := stepTrace(ctx)
	if t == nil {
		return nil, "", ""
	}
	t.used.Store(true)
	span = randomHex(8)
	return t.caller.write(t.id, span), t.id, span
}

func stepTrace(ctx context.Context) *trace {
	t, ok := ctx.Value(traceKey{}).(*trace)
	if !ok || t.caller.headers == "" {
		return nil
	}
	return t
}

func (c caller) write(trace, span string) map[string]string {
	sampled := map[bool]string{true: "1", false: "0"}[c.sampled]
	switch c.headers {
	case "B3":
		return map[string]string{"X-B3-TraceId": trace, "X-B3-SpanId": span, "X-B3-Sampled": sampled}
	case "B3 single":
		return map[string]string{"B3": trace + "-" + span + "-" + sampled}
	default:
		return map[string]string{"Traceparent": "00-" + trace + "-" + span + "-0" + sampled}
	}
}

func randomHex(size int) string {
	b := make([]byte, size)
	_, _ = rand.Read(b) // documented never to fail
	return hex.EncodeToString(b)
}
