package allinone_test

import (
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
)

// openMetrics is the format that has exemplars.
const openMetrics = "application/openmetrics-text; version=1.0.0"

// scrape returns what /metrics answers; accept is empty for the text format.
func scrape(t *testing.T, app *allinone.App, accept string) string {
	t.Helper()
	return fetch(t, app.AdminURL()+"/metrics", accept)
}

func fetch(t *testing.T, url, accept string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", text)
	return string(text)
}

// sample is a line of the text format.
type sample struct {
	family string // the name without a histogram's suffixes
	labels map[string]string
}

// series returns the samples and the type of each family.
func series(text string) (samples []sample, types map[string]string) {
	types = map[string]string{}
	label := regexp.MustCompile(`([a-zA-Z_]+)="([^"]*)"`)
	for line := range strings.Lines(text) {
		if declared, isType := strings.CutPrefix(line, "# TYPE "); isType {
			name, kind, _ := strings.Cut(strings.TrimSpace(declared), " ")
			types[name] = kind
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		name := line[:strings.IndexAny(line, "{ ")]
		s := sample{family: family(name, types), labels: map[string]string{}}
		for _, match := range label.FindAllStringSubmatch(line, -1) {
			s.labels[match[1]] = match[2]
		}
		samples = append(samples, s)
	}
	return samples, types
}

func family(name string, types map[string]string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if base, has := strings.CutSuffix(name, suffix); has && (types[base] == "histogram" || types[base] == "summary") {
			return base
		}
	}
	return name
}

func checkMetrics(t *testing.T, p page, text string) {
	samples, types := series(text)
	rows := append(p.table("Metric"), p.table("Metric of the process")...)
	seen, explained := map[string]set{}, set{}
	for _, s := range samples {
		r, known := find(rows, s.family)
		require.True(t, known, "metric %s", s.family)
		if strings.HasSuffix(r.name(), "*") {
			seen[r.name()] = set{}
			continue
		}
		require.Equal(t, r.cells[1], types[s.family], "type of %s", s.family)
		delete(s.labels, "le")
		if seen[r.name()] == nil { // a metric without labels is seen, too
			seen[r.name()] = set{}
		}
		seen[r.name()].add(slices.Collect(maps.Keys(s.labels))...)
		explained.add(slices.Collect(maps.Keys(s.labels))...)
	}
	for _, r := range rows {
		require.NotNil(t, seen[r.name()], r.name())
		r.requireNames(t, 2, seen[r.name()])
	}
	require.Equal(t, setOf(names(p.table("Label"))...), explained)
}

func checkHygiene(t *testing.T, text string) {
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)

	samples, types := series(text)
	openMetricsNames := set{}
	for name, kind := range types {
		if strings.HasPrefix(name, "go_") {
			continue // the library's
		}
		if kind == "counter" {
			name = strings.TrimSuffix(name, "_total")
		}
		require.False(t, openMetricsNames[name], "%s is two metrics in OpenMetrics", name)
		openMetricsNames.add(name)
	}
	id := regexp.MustCompile(`[0-9a-f]{8}-|@|/[0-9]`)
	for _, s := range samples {
		for name, value := range s.labels {
			if name != "event" {
				require.NotRegexp(t, id, value, "label %s of %s", name, s.family)
			}
		}
	}
}

func checkExemplars(t *testing.T, r *tour) {
	sampled := set{}
	for _, s := range r.spans.Ended() {
		sampled.add(s.SpanContext().TraceID().String())
	}
	exemplars := regexp.MustCompile(`# \{trace_id="([0-9a-f]+)"\}`).FindAllStringSubmatch(scrape(t, r.app, openMetrics), -1)
	require.NotEmpty(t, exemplars)
	for _, e := range exemplars {
		require.True(t, sampled[e[1]], "trace %s", e[1])
	}
}

func TestThePublicPortTellsNothingOfTheInside(t *testing.T) {
	t.Parallel()
	app := start(t, configure(t))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	for _, path := range []string{
		"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile", "/debug/pprof/block", "/debug/pprof/mutex",
		"/livez", "/readyz", "/healthz", "/admin/booking/replay", "/api/v2/traces",
	} {
		require.Equal(t, http.StatusNotFound, call(t, http.MethodGet, app.GatewayURL()+path, "", "", nil), path)
	}
}
