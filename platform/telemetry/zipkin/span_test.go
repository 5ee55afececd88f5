package zipkin_test

import (
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"
)

// The generators below draw any span the SDK can hand to an exporter, with a liking for what the mapping treats specially.

func drawText(t *rapid.T, label string) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "GET /Bookings/{id}", `"quoted\"`, "Zürich, İstanbul", "line\nbreak\ttab\x00\x1f\x7f", "<&>\u2028", "\xff\xc3",
		}),
		rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
	).Draw(t, label)
}

func drawKey(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"peer.service", "server.address", "net.peer.name", "network.peer.address", "network.peer.port",
			"server.socket.domain", "server.socket.address", "server.socket.port", "net.sock.peer.name",
			"net.sock.peer.addr", "net.sock.peer.port", "peer.hostname", "peer.address", "db.name",
			"service.name", "error", "otel.status_code", "otel.scope.name", "http.request.method",
		}),
		rapid.StringMatching(`[a-z]{1,8}(\.[a-z]{1,8}){0,2}`),
	).Draw(t, "key")
}

func drawValue(t *rapid.T) attribute.Value {
	floats := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1e21, 1e-7, math.NaN(), math.Inf(1), math.Inf(-1)}))
	switch rapid.IntRange(0, 12).Draw(t, "type") {
	case 0:
		return attribute.BoolValue(rapid.Bool().Draw(t, "bool"))
	case 1:
		return attribute.Int64Value(rapid.OneOf(rapid.Int64(), rapid.Int64Range(0, 70_000)).Draw(t, "int"))
	case 2:
		return attribute.Float64Value(floats.Draw(t, "float"))
	case 3:
		return attribute.BoolSliceValue(rapid.SliceOfN(rapid.Bool(), 0, 3).Draw(t, "bools"))
	case 4:
		return attribute.Int64SliceValue(rapid.SliceOfN(rapid.Int64(), 0, 3).Draw(t, "ints"))
	case 5:
		return attribute.Float64SliceValue(rapid.SliceOfN(floats, 0, 3).Draw(t, "floats"))
	case 6:
		item := rapid.Custom(func(t *rapid.T) string { return drawText(t, "item") })
		return attribute.StringSliceValue(rapid.SliceOfN(item, 0, 3).Draw(t, "strings"))
	case 7:
		return attribute.ByteSliceValue(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "bytes"))
	case 8:
		return attribute.SliceValue(attribute.Int64Value(1), attribute.StringValue(drawText(t, "inner")))
	case 9:
		return attribute.MapValue(attribute.String("inner", drawText(t, "inner")))
	case 10:
		return attribute.Value{}
	case 11:
		addresses := rapid.SampledFrom([]string{"10.0.0.7", "::1", "2001:db8::7", "::ffff:10.0.0.7", "localhost"})
		return attribute.StringValue(addresses.Draw(t, "address"))
	default:
		return attribute.StringValue(drawText(t, "string"))
	}
}

// drawAttributes draws attributes with distinct keys, as the SDK hands them over.
func drawAttributes(t *rapid.T, atMost int) []attribute.KeyValue {
	var list []attribute.KeyValue
	seen := map[string]bool{}
	for range rapid.IntRange(0, atMost).Draw(t, "attributes") {
		if key := drawKey(t); !seen[key] {
			seen[key] = true
			list = append(list, attribute.KeyValue{Key: attribute.Key(key), Value: drawValue(t)})
		}
	}
	return list
}

func drawSpanContext(t *rapid.T, label string) trace.SpanContext {
	c := trace.SpanContextConfig{TraceFlags: trace.FlagsSampled}
	copy(c.TraceID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label+" trace id"))
	copy(c.SpanID[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, label+" span id"))
	if rapid.Bool().Draw(t, "short id") {
		clear(c.TraceID[:8])
	}
	c.SpanID[7] |= 1
	c.TraceID[15] |= 1
	return trace.NewSpanContext(c)
}

func drawEvent(t *rapid.T) sdktrace.Event {
	return sdktrace.Event{
		Name: drawText(t, "event"), Time: time.Unix(0, rapid.Int64Range(0, 1<<61).Draw(t, "event time")),
		Attributes: drawAttributes(t, 3),
	}
}

// drawSpan draws a span without what only this exporter writes: links, a trace state, counts of what the SDK dropped.
func drawSpan(t *rapid.T) tracetest.SpanStub {
	start := time.Unix(0, rapid.Int64Range(1e9, 1<<61).Draw(t, "start"))
	took := rapid.OneOf(rapid.Int64Range(0, 2_000), rapid.Int64Range(0, int64(time.Hour))).Draw(t, "took")
	s := tracetest.SpanStub{
		Name:        drawText(t, "name"),
		SpanContext: drawSpanContext(t, "own"),
		SpanKind:    trace.SpanKind(rapid.IntRange(0, 6).Draw(t, "kind")),
		StartTime:   start,
		EndTime:     start.Add(time.Duration(took)),
		Attributes:  drawAttributes(t, 12),
		Events:      rapid.SliceOfN(rapid.Custom(drawEvent), 0, 3).Draw(t, "events"),
		Status: sdktrace.Status{
			Code:        rapid.SampledFrom([]codes.Code{codes.Unset, codes.Error, codes.Ok}).Draw(t, "status"),
			Description: drawText(t, "description"),
		},
		InstrumentationScope: instrumentation.Scope{Name: drawText(t, "scope"), Version: drawText(t, "version")},
		Resource:             resource.NewSchemaless(drawAttributes(t, 4)...),
	}
	if rapid.Bool().Draw(t, "has parent") {
		s.Parent = drawSpanContext(t, "parent")
	}
	return s
}

// drawLink draws a link, which only this exporter writes.
func drawLink(t *rapid.T) sdktrace.Link {
	return sdktrace.Link{
		SpanContext: drawSpanContext(t, "link"), Attributes: drawAttributes(t, 3),
		DroppedAttributeCount: rapid.IntRange(0, 3).Draw(t, "dropped"),
	}
}
