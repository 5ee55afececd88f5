package doors_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/doors"
)

// adminPort serves a registry as the services do.
func adminPort(t *testing.T, collectors ...prometheus.Collector) *httptest.Server {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors...)
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func scrape(t *testing.T, targets ...string) *doors.Scraped {
	t.Helper()
	metrics := doors.Scrape(targets...)
	t.Cleanup(func() { require.NoError(t, metrics.Close()) })
	return metrics
}

// ask evaluates a question with one answer, a whole number.
func ask(t *testing.T, metrics doors.Metrics, promql string, at time.Time) int {
	t.Helper()
	samples, err := metrics.Query(t.Context(), promql, at)
	require.NoError(t, err)
	require.Len(t, samples, 1)
	return int(samples[0].Value)
}

func now(t *testing.T, metrics doors.Metrics) time.Time {
	t.Helper()
	at, err := metrics.Now(t.Context())
	require.NoError(t, err)
	return at
}

func TestScrapedMetricsAreThoseOfTheirInstant(t *testing.T) {
	t.Parallel()
	sold := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sold_total"}, []string{"kind"})
	metrics := scrape(t, adminPort(t, sold).URL)
	sold.WithLabelValues("seat").Add(2)
	before := now(t, metrics)
	sold.WithLabelValues("seat").Add(3)
	sold.WithLabelValues("stand").Inc()
	after := now(t, metrics)

	require.Equal(t, 2, ask(t, metrics, `sold_total{kind="seat"}`, before))
	require.Equal(t, 5, ask(t, metrics, `sold_total{kind="seat"}`, after))
	require.Equal(t, 6, ask(t, metrics, `sum(sold_total)`, after))
	require.Equal(t, 3, ask(t, metrics, `scalar(sold_total{kind="seat"}) - 2`, after))
	samples, err := metrics.Query(t.Context(), "sold_total", after)
	require.NoError(t, err)
	require.Len(t, samples, 2)
	require.Equal(t, "seat", samples[0].Labels["kind"])
}

func TestSeriesThatAreGoneAreNotShownAnyMore(t *testing.T) {
	t.Parallel()
	left := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "left"}, []string{"event"})
	metrics := scrape(t, adminPort(t, left).URL)
	left.WithLabelValues("1").Set(5)
	now(t, metrics)
	left.Reset()
	samples, err := metrics.Query(t.Context(), "left", now(t, metrics))
	require.NoError(t, err)
	require.Empty(t, samples)
}

func TestScrapingKeepsTargetsApartAndGoesOnWithoutOneThatIsDown(t *testing.T) {
	t.Parallel()
	one := adminPort(t, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "seats"}, func() float64 { return 1 }))
	two := adminPort(t, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "seats"}, func() float64 { return 2 }))
	metrics := scrape(t, one.URL, two.URL)
	at := now(t, metrics)
	require.Equal(t, 3, ask(t, metrics, "sum(seats)", at))
	require.Equal(t, 2, ask(t, metrics, "sum(up)", at))

	two.Close()
	at = now(t, metrics)
	require.Equal(t, 1, ask(t, metrics, "sum(seats)", at))
	require.Equal(t, 1, ask(t, metrics, "count(up == 0)", at))
}

func TestExemplarsLeadToTraces(t *testing.T) {
	t.Parallel()
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "took_seconds", Buckets: []float64{1}}, []string{"status"})
	metrics := scrape(t, adminPort(t, took).URL)
	took.WithLabelValues("200").(prometheus.ExemplarObserver).ObserveWithExemplar(0.5, prometheus.Labels{"trace_id": "a"})
	took.WithLabelValues("500").(prometheus.ExemplarObserver).ObserveWithExemplar(0.5, prometheus.Labels{"trace_id": "b"})
	since := now(t, metrics).Add(-time.Minute)
	now(t, metrics) // the same exemplars again

	traces, err := metrics.Exemplars(t.Context(), `took_seconds_bucket{status="500"}`, since)
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, traces)
	traces, err = metrics.Exemplars(t.Context(), `took_seconds_bucket`, time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, traces)
}

func TestAQuestionThatIsNoPromQLIsRefused(t *testing.T) {
	t.Parallel()
	metrics := scrape(t, adminPort(t).URL)
	_, err := metrics.Query(t.Context(), "sum(", now(t, metrics))
	require.Error(t, err)
	_, err = metrics.Query(t.Context(), "up[5m]", now(t, metrics))
	require.ErrorContains(t, err, "not a value at an instant")
}
