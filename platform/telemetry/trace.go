package telemetry

import (
	"context"
	"encoding/hex"

	"go.opentelemetry.io/otel/trace"
)

// The form of a traceparent: version, trace id, parent id and flags in lower-case hexadecimal digits. Every message has
// one, so it is read and written here rather than by a propagator with a map.
//
// Source: https://www.w3.org/TR/trace-context/#traceparent-header
const (
	traceAt           = len("00-")
	parentAt          = traceAt + 32 + len("-")
	flagsAt           = parentAt + 16 + len("-")
	traceparentLength = flagsAt + 2

	knownFlags = trace.FlagsSampled | trace.FlagsRandom
)

// Traceparent returns the W3C traceparent of ctx's span; empty where there is none.
func Traceparent(ctx context.Context) string {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return ""
	}
	traceID, spanID := span.TraceID(), span.SpanID()
	var text [traceparentLength]byte
	copy(text[:], "00-")
	hex.Encode(text[traceAt:], traceID[:])
	text[parentAt-1] = '-'
	hex.Encode(text[parentAt:], spanID[:])
	text[flagsAt-1] = '-'
	hex.Encode(text[flagsAt:], []byte{byte(span.TraceFlags() & knownFlags)})
	return string(text[:])
}

// WithTraceparent returns ctx with the remote span that traceparent names; ctx itself where it names none.
func WithTraceparent(ctx context.Context, traceparent string) context.Context {
	if span := parseTraceparent(traceparent); span.IsValid() {
		return trace.ContextWithRemoteSpanContext(ctx, span)
	}
	return ctx
}

// parseTraceparent returns an invalid span context for what is no traceparent. Later versions may append to the form.
func parseTraceparent(s string) trace.SpanContext {
	var (
		c       trace.SpanContextConfig
		version [1]byte
		flags   [1]byte
	)
	ok := len(s) >= traceparentLength && s[traceAt-1] == '-' && s[parentAt-1] == '-' && s[flagsAt-1] == '-' &&
		decodeLower(version[:], s[:2]) && decodeLower(c.TraceID[:], s[traceAt:parentAt-1]) &&
		decodeLower(c.SpanID[:], s[parentAt:flagsAt-1]) && decodeLower(flags[:], s[flagsAt:traceparentLength])
	if !ok || version[0] == 0xff || len(s) > traceparentLength && (version[0] == 0 || s[traceparentLength] != '-') {
		return trace.SpanContext{}
	}
	c.TraceFlags = trace.TraceFlags(flags[0])
	if version[0] == 0 && c.TraceFlags&^knownFlags != 0 {
		return trace.SpanContext{}
	}
	c.TraceFlags &= knownFlags
	return trace.NewSpanContext(c)
}

// decodeLower decodes twice as many digits as into has bytes.
func decodeLower(into []byte, digits string) bool {
	for i := range into {
		high, low := digit(digits[2*i]), digit(digits[2*i+1])
		if high > 15 || low > 15 {
			return false
		}
		into[i] = high<<4 | low
	}
	return true
}

// digit returns the value of a hexadecimal digit; 255 for what is none, and for upper-case ones, which are not allowed.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	default:
		return 255
	}
}
