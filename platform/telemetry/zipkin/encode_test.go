package zipkin_test

import (
	"encoding/json"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/platform/telemetry/zipkin"
)

func drawIP(t *rapid.T) net.IP {
	length := rapid.SampledFrom([]int{0, 0, 4, 16, 7}).Draw(t, "bytes of the address")
	address := net.IP(rapid.SliceOfN(rapid.Byte(), length, length).Draw(t, "address"))
	if length == net.IPv4len && rapid.Bool().Draw(t, "in 16 bytes") {
		return address.To16()
	}
	return address
}

func drawEndpoint(t *rapid.T) *model.Endpoint {
	if rapid.Bool().Draw(t, "no endpoint") {
		return nil
	}
	return &model.Endpoint{
		ServiceName: drawText(t, "service"), IPv4: drawIP(t), IPv6: drawIP(t), Port: rapid.Uint16().Draw(t, "port"),
	}
}

// drawModel draws a span of zipkin-go's, the impossible ones too.
func drawModel(t *rapid.T) model.SpanModel {
	s := model.SpanModel{
		SpanContext: model.SpanContext{
			TraceID: model.TraceID{High: rapid.Uint64().Draw(t, "high"), Low: rapid.Uint64().Draw(t, "low")},
			ID:      model.ID(rapid.Uint64().Draw(t, "id")),
			Debug:   rapid.Bool().Draw(t, "debug"),
		},
		Name:           drawText(t, "name"),
		Kind:           model.Kind(rapid.SampledFrom([]string{"", "CLIENT", "odd\n"}).Draw(t, "kind")),
		Duration:       time.Duration(rapid.Int64Range(-10, 3_000).Draw(t, "duration")),
		Shared:         rapid.Bool().Draw(t, "shared"),
		LocalEndpoint:  drawEndpoint(t),
		RemoteEndpoint: drawEndpoint(t),
		Tags:           map[string]string{},
	}
	if rapid.Bool().Draw(t, "has parent") {
		parent := model.ID(rapid.Uint64().Draw(t, "parent"))
		s.ParentID = &parent
	}
	if rapid.Bool().Draw(t, "has time") {
		s.Timestamp = time.Unix(0, rapid.OneOf(rapid.Int64Range(-10, 1<<61), rapid.Int64Range(-10, 2e9)).Draw(t, "time"))
	}
	for range rapid.IntRange(0, 2).Draw(t, "annotations") {
		at := time.Unix(0, rapid.Int64Range(-1<<61, 1<<61).Draw(t, "at"))
		s.Annotations = append(s.Annotations, model.Annotation{Timestamp: at, Value: drawText(t, "annotation")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "tags") {
		s.Tags[rapid.StringMatching(`[a-z"\\é]{1,4}`).Draw(t, "key")] = drawText(t, "value")
	}
	return s
}

func TestJSONMeansWhatZipkinGosMeans(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		for range 10 {
			s := drawModel(r)
			sameJSON(r, &s)
		}
	})
}

type failer interface {
	require.TestingT
	Helper()
}

// sameJSON demands of our encoder what zipkin-go's does, an error where it fails.
func sameJSON(t failer, s *model.SpanModel) {
	t.Helper()
	const before = "before"
	theirs, theirErr := json.Marshal(s)
	ours, ourErr := zipkin.AppendJSON([]byte(before), s)
	require.Equal(t, before, string(ours[:len(before)]))
	if theirErr != nil {
		require.Error(t, ourErr, "%v", theirErr)
		require.Equal(t, before, string(ours), "a refused span leaves nothing")
		return
	}
	require.NoError(t, ourErr)
	var want, got map[string]any
	require.NoError(t, json.Unmarshal(theirs, &want))
	require.NoError(t, json.Unmarshal(ours[len(before):], &got), "%s", ours)
	require.Equal(t, want, got)
}

func TestImpossibleTimesAreRefusedAsZipkinGoDoes(t *testing.T) {
	t.Parallel()
	_, err := zipkin.AppendJSON(nil, &model.SpanModel{Timestamp: time.Unix(0, 5)})
	require.ErrorIs(t, err, model.ErrValidTimestampRequired)
	_, err = zipkin.AppendJSON(nil, &model.SpanModel{Duration: -1})
	require.ErrorIs(t, err, model.ErrValidDurationRequired)
	_, err = zipkin.AppendJSON(nil, &model.SpanModel{LocalEndpoint: &model.Endpoint{IPv4: net.IP{1, 2, 3}}})
	require.ErrorContains(t, err, "3 bytes")
}

func FuzzStrings(f *testing.F) {
	for _, text := range []string{"", "GET", `"\`, "\x00\x1f", "é\xff", "\xed\xa0\x80", "İ", "\u2028<&>", "\U0010ffff"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		sameJSON(t, &model.SpanModel{
			Name: a, Kind: model.Kind(b), LocalEndpoint: &model.Endpoint{ServiceName: b},
			Annotations: []model.Annotation{{Timestamp: time.Unix(1, 0), Value: a}},
			Tags:        map[string]string{"key": a, "key" + "2": b},
		})
	})
}

// serverSpans returns n spans as an HTTP service tells them.
func serverSpans(n int) []sdktrace.ReadOnlySpan {
	where := resource.NewSchemaless(attribute.String("service.name", "booking"), attribute.String("service.version", "1.2.3"),
		attribute.String("deployment.environment.name", "production"))
	spans := make(tracetest.SpanStubs, n)
	for i := range spans {
		start := time.Unix(1_700_000_000, int64(i)*1e6)
		spans[i] = tracetest.SpanStub{
			Name: "POST /api/v1/events/{id}/bookings", SpanKind: trace.SpanKindServer, Resource: where,
			StartTime: start, EndTime: start.Add(3 * time.Millisecond),
			SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 15: byte(i)}, SpanID: trace.SpanID{2, 7: byte(i)}}),
			Parent:      trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 15: byte(i)}, SpanID: trace.SpanID{3}}),
			Attributes: []attribute.KeyValue{
				attribute.String("http.request.method", "POST"), attribute.String("http.route", "/api/v1/events/{id}/bookings"),
				attribute.String("url.scheme", "http"), attribute.String("url.path", fmt.Sprintf("/api/v1/events/%d/bookings", i)),
				attribute.Int("http.response.status_code", 201),
			},
			InstrumentationScope: instrumentation.Scope{Name: "github.com/myevents/myevents/platform/telemetry", Version: "1.2.3"},
		}
	}
	return spans.Snapshots()
}

func TestConverterGivesTheSameAsModelsBatchAfterBatch(t *testing.T) {
	t.Parallel()
	var c zipkin.Converter
	rapid.Check(t, func(r *rapid.T) {
		stubs := tracetest.SpanStubs(rapid.SliceOfN(rapid.Custom(drawSpan), 1, 10).Draw(r, "spans"))
		want, err := json.Marshal(zipkin.Models(stubs.Snapshots()))
		require.NoError(r, err)
		got, err := json.Marshal(c.Models(stubs.Snapshots()))
		require.NoError(r, err)
		require.JSONEq(r, string(want), string(got))
	})
}

func TestEncodingNeedsNoMemory(t *testing.T) {
	s := zipkin.Models(serverSpans(1))[0]
	buffer := make([]byte, 0, 4<<10)
	require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = zipkin.AppendJSON(buffer, &s) }))
}

func BenchmarkModels(b *testing.B) {
	spans := serverSpans(512)
	var c zipkin.Converter
	b.ReportAllocs()
	for b.Loop() {
		c.Models(spans)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(spans)), "ns/span")
}

func BenchmarkAppendJSON(b *testing.B) {
	s := zipkin.Models(serverSpans(1))[0]
	buffer := make([]byte, 0, 4<<10)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = zipkin.AppendJSON(buffer, &s)
	}
}
