package telemetry_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/telemetry"
)

func TestWhatIsDeclaredStartsAtZeroAndIsTheSameSeriesLater(t *testing.T) {
	t.Parallel()
	o := listen(t)
	o.telemetry.DeclareOperation("GET", "/bookings/{id}", http.StatusNotFound)
	o.telemetry.DeclareMessages("booking", "booking.confirmed")
	o.telemetry.DeclareStore("sqlite", "insert")
	o.telemetry.Transport("event", http.DefaultTransport)
	count := func(metric string) int { return testutil.CollectAndCount(o.registry, metric) }
	require.Equal(t, 1, count("http_server_request_duration_seconds"))
	require.Equal(t, 2, count("messaging_process_duration_seconds"), "success and failure")
	require.Equal(t, 1, count("db_client_operation_duration_seconds"))
	require.Equal(t, 2, count("http_client_request_duration_seconds"), "an answer and none")

	serve(o, http.MethodGet, "/bookings/42")
	_, end := o.telemetry.StartProcess(t.Context(), "search", "booking", cloudevent.Event{ID: "1", Type: "booking.confirmed"})
	end(nil)
	_, end = o.telemetry.StartDB(t.Context(), "sqlite", "insert", "bookings")
	end(nil)
	require.Equal(t, 1, count("http_server_request_duration_seconds"))
	require.Equal(t, 2, count("messaging_process_duration_seconds"))
	require.Equal(t, 1, count("db_client_operation_duration_seconds"))
}

// histogram is the part of a gathered one that these tests look at.
type histogram interface {
	GetSampleCount() uint64
	GetSchema() int32
	GetZeroThreshold() float64
}

// histograms returns the metric's histograms, and how many exemplars they have between them.
func histograms(t *testing.T, r *prometheus.Registry, name string) (found []histogram, exemplars int) {
	t.Helper()
	families, err := r.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			found = append(found, m.GetHistogram())
			for _, b := range m.GetHistogram().GetBucket() {
				if b.GetExemplar() != nil {
					exemplars++
				}
			}
		}
	}
	return found, exemplars
}

func TestExemplarsAreOfSampledSpansOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		processors []sdktrace.SpanProcessor
		exemplars  int
	}{
		"sampled":     {[]sdktrace.SpanProcessor{tracetest.NewSpanRecorder()}, 1},
		"not sampled": {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewRegistry()
			voice, err := telemetry.New(telemetry.Options{Service: "a", Logs: &strings.Builder{}, Registry: registry, SpanProcessors: c.processors})
			require.NoError(t, err)
			_, end := voice.StartDB(t.Context(), "sqlite", "insert", "bookings")
			end(nil)
			found, exemplars := histograms(t, registry, "db_client_operation_duration_seconds")
			require.Len(t, found, 1)
			require.Equal(t, c.exemplars, exemplars)
		})
	}
}

func TestHistogramsAreClassicAndNative(t *testing.T) {
	t.Parallel()
	o := listen(t)
	serve(o, http.MethodGet, "/bookings/42")
	found, exemplars := histograms(t, o.registry, "http_server_request_duration_seconds")
	require.Len(t, found, 1)
	require.EqualValues(t, 1, found[0].GetSampleCount())
	require.Positive(t, found[0].GetZeroThreshold(), "native histograms have one")
	require.Positive(t, found[0].GetSchema())
	require.Equal(t, 1, exemplars, "classic buckets have them")
}

func TestDeploymentIsWhenSomebodySaidOrNow(t *testing.T) {
	t.Parallel()
	at := func(deployed time.Time) float64 {
		registry := prometheus.NewRegistry()
		_, err := telemetry.New(telemetry.Options{Service: "a", Logs: &strings.Builder{}, Registry: registry, Deployed: deployed})
		require.NoError(t, err)
		families, err := registry.Gather()
		require.NoError(t, err)
		for _, f := range families {
			if f.GetName() == "myevents_deployment_timestamp_seconds" {
				return f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		return 0
	}
	require.InEpsilon(t, 1_700_000_000, at(time.Unix(1_700_000_000, 0)), 0)
	require.WithinDuration(t, time.Now(), time.UnixMilli(int64(at(time.Time{})*1000)), time.Minute)
}

func TestLogLinesAreCountedByLevel(t *testing.T) {
	t.Parallel()
	o := listen(t)
	o.telemetry.Log.Warn().Msg("one")
	o.telemetry.Log.Debug().Msg("not written")
	require.NoError(t, testutil.GatherAndCompare(o.registry, strings.NewReader(`
# HELP log_lines_total Log lines written, by level.
# TYPE log_lines_total counter
log_lines_total{level="debug",service="booking"} 0
log_lines_total{level="error",service="booking"} 0
log_lines_total{level="info",service="booking"} 0
log_lines_total{level="warn",service="booking"} 1
`), "log_lines_total"))
}

func TestPathsAndIdsAreToldWithoutWhatIsNone(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 65)
	for path, told := range map[string]string{
		"/bookings/01a2025b-9f51-747b-b697-e2972fa3765b": "/bookings/01a2025b-9f51-747b-b697-e2972fa3765b",
		"/bookings/search.a.1":                           "/bookings/search.a.1",
		"/bookings/ada@example.org":                      "/bookings/***",
		"/bookings/ada%40example.org/x":                  "/bookings/***/x",
		"/bookings/" + long + "/b":                       "/bookings/***/b",
		"/bookings/%22%0Afake":                           "/bookings/***",
		strings.Repeat("/a", 150):                        "***",
	} {
		o := listen(t)
		serve(o, http.MethodGet, path)
		require.Equal(t, told, o.lines(t)[0]["url.path"])
		require.Equal(t, told, attributes(o.spans.Ended()[0])["url.path"])
	}
}
