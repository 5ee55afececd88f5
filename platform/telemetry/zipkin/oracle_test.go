package zipkin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"pgregory.net/rapid"

	deprecated "go.opentelemetry.io/otel/exporters/zipkin" //nolint:staticcheck // it is the oracle until it is gone

	"github.com/myevents/myevents/platform/telemetry/zipkin"
)

// received is a Zipkin that keeps the last request's body.
func received(t testing.TB) (url string, last func() []map[string]any) {
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []map[string]any {
		var spans []map[string]any
		require.NoError(t, json.Unmarshal(body, &spans), "%s", body)
		return spans
	}
}

// TestSameAsTheDeprecatedExporter sends the same spans with both exporters to two servers, which must get the same JSON
// but for the additions this package documents.
func TestSameAsTheDeprecatedExporter(t *testing.T) {
	t.Parallel()
	theirURL, theirs := received(t)
	ourURL, ours := received(t)
	old, err := deprecated.New(theirURL)
	require.NoError(t, err)
	exporter, err := zipkin.New(zipkin.Options{URL: ourURL})
	require.NoError(t, err)
	defer func() { require.NoError(t, exporter.Shutdown(context.Background())) }()

	rapid.Check(t, func(r *rapid.T) {
		plain := tracetest.SpanStubs(rapid.SliceOfN(rapid.Custom(drawSpan), 20, 30).Draw(r, "spans"))
		full := make(tracetest.SpanStubs, len(plain))
		added := make([]map[string]string, len(plain))
		for i, s := range plain {
			full[i], added[i] = withAdditions(r, s)
		}
		require.NoError(r, old.ExportSpans(t.Context(), plain.Snapshots()))
		require.NoError(r, exporter.ExportSpans(t.Context(), full.Snapshots()))
		want, got := theirs(), ours()
		require.Len(r, got, len(want))
		for i := range want {
			for key, value := range added[i] {
				require.Equal(r, value, tagsOf(got[i])[key], key)
				delete(tagsOf(got[i]), key)
			}
			if len(tagsOf(got[i])) == 0 {
				delete(got[i], "tags")
			}
			require.Equal(r, want[i], got[i])
		}
	})
}

func tagsOf(span map[string]any) map[string]any {
	tags, _ := span["tags"].(map[string]any)
	return tags
}

// withAdditions returns s with links and counts of what was dropped, and the tags these must become.
func withAdditions(t *rapid.T, s tracetest.SpanStub) (tracetest.SpanStub, map[string]string) {
	tags := map[string]string{}
	s.Links = rapid.SliceOfN(rapid.Custom(drawLink), 0, 3).Draw(t, "links")
	for i, l := range s.Links {
		attributes := map[string]any{}
		for _, kv := range l.Attributes {
			attributes[string(kv.Key)] = kv.Value.AsInterface()
		}
		encoded, err := json.Marshal(attributes)
		if err != nil {
			encoded = []byte("{}")
		}
		tags[fmt.Sprintf("otlp.link.%d", i)] = fmt.Sprintf("%s|%s||%s|%d",
			l.SpanContext.TraceID(), l.SpanContext.SpanID(), encoded, l.DroppedAttributeCount)
	}
	for name, count := range map[string]*int{
		"attributes": &s.DroppedAttributes, "events": &s.DroppedEvents, "links": &s.DroppedLinks,
	} {
		if *count = rapid.IntRange(0, 2).Draw(t, name); *count > 0 {
			tags["otel.dropped_"+name+"_count"] = fmt.Sprint(*count)
		}
	}
	return s, tags
}

// taker answers every request, in memory.
type taker struct{}

func (taker) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return &http.Response{StatusCode: http.StatusAccepted, Body: http.NoBody}, r.Body.Close()
}

func TestNeedsLessMemoryThanTheDeprecatedExporter(t *testing.T) {
	client := &http.Client{Transport: taker{}}
	theirs, err := deprecated.New(zipkin.DefaultURL, deprecated.WithClient(client))
	require.NoError(t, err)
	ours, err := zipkin.New(zipkin.Options{Client: client})
	require.NoError(t, err)
	spans := serverSpans(512)
	allocations := func(e sdktrace.SpanExporter) float64 {
		return testing.AllocsPerRun(5, func() { require.NoError(t, e.ExportSpans(t.Context(), spans)) })
	}
	require.Less(t, allocations(ours), allocations(theirs)/10)
}

// BenchmarkExport compares one export of a full batch; the server is the same for both and costs the same.
func BenchmarkExport(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	b.Cleanup(s.Close)
	spans := serverSpans(512)
	ours, err := zipkin.New(zipkin.Options{URL: s.URL})
	require.NoError(b, err)
	zipped, err := zipkin.New(zipkin.Options{URL: s.URL, Gzip: true})
	require.NoError(b, err)
	theirs, err := deprecated.New(s.URL)
	require.NoError(b, err)
	for name, exporter := range map[string]sdktrace.SpanExporter{"ours": ours, "ours-gzip": zipped, "deprecated": theirs} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, exporter.ExportSpans(b.Context(), spans))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(spans)), "ns/span")
		})
	}
}
