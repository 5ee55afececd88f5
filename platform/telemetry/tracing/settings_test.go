package tracing_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/telemetry/tracing"
)

// program is what embeds the settings, as every process does.
type program struct {
	Tracing tracing.Settings `embed:"" prefix:"otel-"`
}

func parse(environment map[string]string) (tracing.Settings, error) {
	var p program
	getenv := func(name string) string { return environment[name] }
	err := config.Parse("program", "", &p, nil, getenv, io.Discard)
	return p.Tracing, err
}

func settings(t *testing.T, environment map[string]string) tracing.Settings {
	t.Helper()
	s, err := parse(environment)
	require.NoError(t, err)
	return s
}

func open(t *testing.T, environment map[string]string, fallback sdktrace.SpanExporter) *tracing.Tracing {
	t.Helper()
	opened, err := tracing.Open(t.Context(), settings(t, environment), tracing.OpenOptions{
		Fallback: fallback, Registerer: prometheus.NewRegistry(), Log: zerolog.Nop(),
	})
	require.NoError(t, err)
	return opened
}

func TestMistakesNameTheVariableAndTheRule(t *testing.T) {
	t.Parallel()
	for variable, c := range map[string]struct {
		value string
		says  string
	}{
		"OTEL_TRACES_EXPORTER":                  {"jaeger", `must be zipkin, otlp or none, not "jaeger"`},
		"OTEL_TRACES_SAMPLER":                   {"sometimes", "must be always_on, always_off, traceidratio, parentbased_always_on"},
		"OTEL_PROPAGATORS":                      {"b3,xray", `must be tracecontext, b3, b3multi, baggage or none, not "xray"`},
		"OTEL_RESOURCE_ATTRIBUTES":              {"team", "must be KEY=VALUE,..."},
		"OTEL_EXPORTER_ZIPKIN_ENDPOINT":         {"zipkin:9411", "must be a URL that begins with http:// or https://"},
		"OTEL_EXPORTER_ZIPKIN_TIMEOUT":          {"0", "must be at least 1, not 0"},
		"OTEL_EXPORTER_OTLP_ENDPOINT":           {"https://", "must be a URL"},
		"OTEL_EXPORTER_OTLP_PROTOCOL":           {"grpc", `must be http/protobuf, not "grpc"`},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":    {"ftp://collector", "must be a URL"},
		"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": {"zstd", "must be gzip or none"},
		"OTEL_EXPORTER_OTLP_HEADERS":            {"secret", "must be NAME=VALUE,..."},
		"OTEL_EXPORTER_OTLP_TIMEOUT":            {"-1", "must be at least 1"},
		"OTEL_BSP_MAX_QUEUE_SIZE":               {"many", "OTEL_BSP_MAX_QUEUE_SIZE"},
		"OTEL_BSP_MAX_EXPORT_BATCH_SIZE":        {"100000", "must be at most OTEL_BSP_MAX_QUEUE_SIZE, which is 8192, not 100000"},
		"OTEL_BSP_SCHEDULE_DELAY":               {"-5", "must be at least 1, not -5"},
		"OTEL_BSP_EXPORT_TIMEOUT":               {"soon", "OTEL_BSP_EXPORT_TIMEOUT"},
		"OTEL_SDK_DISABLED":                     {"maybe", "OTEL_SDK_DISABLED"},
	} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			_, err := parse(map[string]string{variable: c.value})
			require.ErrorIs(t, err, config.ErrInvalid)
			require.ErrorContains(t, err, variable)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "secret")
		})
	}
	for _, arg := range []string{"two", "1.5", "-0.1", "NaN"} {
		_, err := parse(map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": arg})
		require.ErrorContains(t, err, "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1")
	}
	_, err := parse(map[string]string{"OTEL_PROPAGATORS": "none,b3"})
	require.ErrorContains(t, err, "OTEL_PROPAGATORS must not have none beside others")
}

func TestExporterIsTheOneWithAnEndpoint(t *testing.T) {
	t.Parallel()
	const zipkin, otlp = "OTEL_EXPORTER_ZIPKIN_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"
	for _, c := range []struct {
		environment map[string]string
		exporter    string
	}{
		{nil, ""},
		{map[string]string{zipkin: "http://z:9411/api/v2/spans"}, "zipkin"},
		{map[string]string{otlp: "http://c:4318"}, "otlp"},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, "otlp"},
		{map[string]string{zipkin: "http://z:9411/api/v2/spans", otlp: "http://c:4318"}, "zipkin"},
		{map[string]string{zipkin: "http://z:9411/api/v2/spans", "OTEL_TRACES_EXPORTER": "none"}, "none"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "zipkin", "OTEL_SDK_DISABLED": "true"}, "none"},
	} {
		s := settings(t, c.environment)
		require.Equal(t, c.exporter, s.Exporter(), c.environment)
	}
}

func TestSpansGoNowhereElseThanWhereTheyShould(t *testing.T) {
	t.Parallel()
	fallback := tracetest.NewInMemoryExporter()
	require.Nil(t, open(t, nil, nil).Queue)
	require.NotNil(t, open(t, nil, fallback).Queue)
	require.Nil(t, open(t, map[string]string{"OTEL_TRACES_EXPORTER": "none"}, fallback).Queue)
	require.Nil(t, open(t, map[string]string{"OTEL_SDK_DISABLED": "true"}, fallback).Queue)
}

func TestSampler(t *testing.T) {
	t.Parallel()
	remote := func(flags trace.TraceFlags) context.Context {
		return trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: flags, Remote: true,
		}))
	}
	for _, c := range []struct {
		sampler, arg              string
		root, yesParent, noParent bool
	}{
		{"", "", true, true, false},
		{"always_on", "", true, true, true},
		{"always_off", "", false, false, false},
		{"traceidratio", "0", false, false, false},
		{"traceidratio", "", true, true, true},
		{"parentbased_always_on", "", true, true, false},
		{"parentbased_always_off", "", false, true, false},
		{"parentbased_traceidratio", "0", false, true, false},
		{"parentbased_traceidratio", "1.0", true, true, false},
	} {
		sampler := open(t, map[string]string{"OTEL_TRACES_SAMPLER": c.sampler, "OTEL_TRACES_SAMPLER_ARG": c.arg}, nil).Sampler
		sampled := func(ctx context.Context) bool {
			p := sdktrace.SamplingParameters{ParentContext: ctx, TraceID: trace.TraceID{1, 15: 1}}
			return sampler.ShouldSample(p).Decision == sdktrace.RecordAndSample
		}
		require.Equal(t, c.root, sampled(t.Context()), c)
		require.Equal(t, c.yesParent, sampled(remote(trace.FlagsSampled)), c)
		require.Equal(t, c.noParent, sampled(remote(0)), c)
	}
}

func TestThoseWhoBeginTracesElsewhereAreToldTheShare(t *testing.T) {
	t.Parallel()
	for sampler, share := range map[string]float64{
		"": 1, "always_off": 0, "parentbased_always_off": 0, "traceidratio": 0.25, "parentbased_traceidratio": 0.25,
	} {
		opened := open(t, map[string]string{"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": "0.25"}, nil)
		require.InDelta(t, share, opened.SampleRatio(), 0, sampler)
	}
	require.InDelta(t, 1, (&tracing.Tracing{}).SampleRatio(), 0, "as without a sampler")
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	own := tracing.Identity{Service: "booking", Version: "1", Environment: "development"}

	s := settings(t, nil)
	require.Equal(t, own, s.Identify(own))
	require.False(t, s.NamesService())

	s = settings(t, map[string]string{
		"OTEL_RESOURCE_ATTRIBUTES": "service.name=sales, service.version=2,deployment.environment.name=a%2Cb,team=blue",
	})
	require.Equal(t, tracing.Identity{Service: "sales", Version: "2", Environment: "a,b"}, s.Identify(own))
	require.True(t, s.NamesService())

	s = settings(t, map[string]string{"OTEL_SERVICE_NAME": "till", "OTEL_RESOURCE_ATTRIBUTES": "service.name=sales"})
	require.Equal(t, "till", s.Identify(own).Service, "OTEL_SERVICE_NAME wins")

	attributes := open(t, map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "service.version=2,team=blue,k8s.pod.name=p-1"}, nil).Attributes
	require.Equal(t, []attribute.KeyValue{attribute.String("team", "blue"), attribute.String("k8s.pod.name", "p-1")}, attributes)
}

// collector is a server that keeps the last request.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	path   string
	header http.Header
}

func newCollector(t *testing.T) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.path, c.header = r.URL.Path, r.Header
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(c.Close)
	return c
}

func TestExportersReachTheirEndpoints(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environment func(url string) map[string]string
		path        string
		header      map[string]string
	}{
		"zipkin": {
			func(url string) map[string]string {
				return map[string]string{"OTEL_EXPORTER_ZIPKIN_ENDPOINT": url + "/api/v2/spans"}
			},
			"/api/v2/spans", map[string]string{"Content-Type": "application/json"},
		},
		"otlp for all signals": {
			func(url string) map[string]string {
				return map[string]string{
					"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": url + "/base/",
					"OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
				}
			},
			"/base/v1/traces", map[string]string{"Api-Key": "a b", "Content-Encoding": "gzip"},
		},
		"otlp for traces": {
			func(url string) map[string]string {
				return map[string]string{
					"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url + "/spans",
					"OTEL_EXPORTER_OTLP_HEADERS": "api-key=all", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "api-key=traces",
				}
			},
			"/spans", map[string]string{"Api-Key": "traces", "Content-Type": "application/x-protobuf"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newCollector(t)
			queue := open(t, c.environment(server.URL), nil).Queue
			require.NoError(t, queue.Start(t.Context()))
			queue.OnEnd(ended)
			require.NoError(t, queue.Shutdown(t.Context()))
			require.Equal(t, c.path, server.path)
			for key, value := range c.header {
				require.Equal(t, value, server.header.Get(key), key)
			}
		})
	}
}
