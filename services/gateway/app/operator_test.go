package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/tracestore"
	"github.com/myevents/myevents/services/gateway/app"
)

const (
	tracesPath = "/api/v1/operator/traces"
	healthPath = "/api/v1/operator/health"
	traceID    = "000000000000000a000000000000000b"
)

// kept is a trace store with one trace: the gateway calls the booking service, where something fails.
func kept() *tracestore.Store {
	begin := time.Now().Add(-time.Second)
	id := model.TraceID{High: 10, Low: 11}
	root := model.ID(1)
	store := tracestore.New(tracestore.Options{})
	store.Add([]model.SpanModel{
		{
			SpanContext: model.SpanContext{TraceID: id, ID: 2, ParentID: &root}, Name: "place bookings", Kind: model.Client,
			Timestamp: begin.Add(time.Millisecond), Duration: 2 * time.Millisecond,
			LocalEndpoint: &model.Endpoint{ServiceName: "booking"}, RemoteEndpoint: &model.Endpoint{ServiceName: "sqlite"},
			Annotations: []model.Annotation{{Timestamp: begin.Add(2 * time.Millisecond), Value: "retry"}},
			Tags:        map[string]string{"error": "", "error.type": "timeout"},
		},
		{
			SpanContext: model.SpanContext{TraceID: id, ID: 1}, Name: "POST /api/v1/events/{id}/bookings", Kind: model.Server,
			Timestamp: begin, Duration: 5 * time.Millisecond, LocalEndpoint: &model.Endpoint{ServiceName: "gateway"},
		},
	})
	return store
}

func (w world) show(t *testing.T, path string, into any) {
	t.Helper()
	answer := w.call(http.MethodGet, path, auth.RoleOperator)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), into))
}

func TestOperatorsQuestionsAreForOperators(t *testing.T) {
	t.Parallel()
	w := newWorldBeside(t, config(), nil, beside{traces: kept().Handler()})
	for _, path := range []string{tracesPath, tracesPath + "/" + traceID, healthPath} {
		require.Equal(t, http.StatusUnauthorized, w.call(http.MethodGet, path, "").Code, path)
		require.Equal(t, http.StatusForbidden, w.call(http.MethodGet, path, auth.RoleOrganizer).Code, path)
		require.Equal(t, http.StatusOK, w.call(http.MethodGet, path, auth.RoleOperator).Code, path)
		require.Equal(t, http.StatusMethodNotAllowed, w.call(http.MethodPost, path, auth.RoleOperator).Code, path)
	}
}

func TestTraceIsShownWithItsSpans(t *testing.T) {
	t.Parallel()
	real := httptest.NewServer(kept().Handler()) // a Zipkin of its own speaks the same
	t.Cleanup(real.Close)
	c := config()
	c.ZipkinURL = real.URL
	for name, w := range map[string]world{
		"of this process": newWorldBeside(t, config(), nil, beside{traces: kept().Handler()}),
		"of a Zipkin":     newWorldBeside(t, c, nil, beside{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var trace struct {
				TraceID, Name string
				DurationUS    int64 `json:"duration_us"`
				ErrorCount    int   `json:"error_count"`
				Services      []string
				Spans         []struct {
					ID, Service, Kind, Name string
					ParentID                string    `json:"parent_id"`
					RemoteService           string    `json:"remote_service"`
					StartedAt               time.Time `json:"started_at"`
					DurationUS              int64     `json:"duration_us"`
					Failed                  bool
					Tags                    map[string]string
					Events                  []struct{ Name string }
				}
			}
			w.show(t, tracesPath+"/"+traceID, &trace)
			require.Equal(t, "post /api/v1/events/{id}/bookings", trace.Name)
			require.Equal(t, []string{"booking", "gateway"}, trace.Services)
			require.Equal(t, int64(5000), trace.DurationUS)
			require.Equal(t, 1, trace.ErrorCount)
			require.Len(t, trace.Spans, 2)
			first, second := trace.Spans[0], trace.Spans[1]
			require.Equal(t, []string{"0000000000000001", "", "gateway", "SERVER"}, []string{first.ID, first.ParentID, first.Service, first.Kind})
			require.Empty(t, first.Tags)
			require.NotNil(t, first.Tags)
			require.False(t, first.Failed)
			require.Equal(t, []string{first.ID, "booking", "CLIENT", "place bookings", "sqlite"},
				[]string{second.ParentID, second.Service, second.Kind, second.Name, second.RemoteService})
			require.True(t, second.Failed)
			require.Equal(t, "timeout", second.Tags["error.type"])
			require.Equal(t, "retry", second.Events[0].Name)
			require.Equal(t, time.Millisecond, second.StartedAt.Sub(first.StartedAt))
			require.Equal(t, int64(2000), second.DurationUS)
		})
	}
}

func TestTracesAreFoundByWhatIsInThem(t *testing.T) {
	t.Parallel()
	w := newWorldBeside(t, config(), nil, beside{traces: kept().Handler()})
	for query, found := range map[string]int{
		"": 1, "?service_name=booking": 1, "?service_name=search": 0, "?service_name=booking&remote_service_name=sqlite": 1,
		"?span_name=place+bookings": 1, "?span_name=none": 0, "?annotation_query=error+and+error.type%3Dtimeout": 1,
		"?annotation_query=error.type%3Dfull": 0, "?min_duration=5000": 1, "?min_duration=5001": 0, "?min_duration=1000&max_duration=3000": 1,
		"?end_ts=1000": 0, "?lookback=10": 0, "?limit=1": 1,
	} {
		var page struct {
			Items []struct {
				TraceID   string `json:"trace_id"`
				SpanCount int    `json:"span_count"`
				Spans     []any
			}
		}
		w.show(t, tracesPath+query, &page)
		require.Len(t, page.Items, found, query)
		require.NotNil(t, page.Items, query)
		if found == 1 {
			require.Equal(t, traceID, page.Items[0].TraceID)
			require.Equal(t, 2, page.Items[0].SpanCount)
			require.Nil(t, page.Items[0].Spans, "these are in the trace itself")
		}
	}
}

func TestQuestionsAboutTracesThatCannotBeAnswered(t *testing.T) {
	t.Parallel()
	broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	garbled := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	away := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for _, c := range []struct {
		name, path string
		traces     http.Handler
		status     int
		says       string
	}{
		{"unknown", tracesPath + "/1", kept().Handler(), http.StatusNotFound, `"trace-not-found"`},
		{"no id", tracesPath + "/zipkin", kept().Handler(), http.StatusBadRequest, `"field":"id"`},
		{"zero", tracesPath + "/0", kept().Handler(), http.StatusBadRequest, `"invalid-request"`},
		{"no parameter", tracesPath + "?serviceName=booking", kept().Handler(), http.StatusBadRequest, `"field":"serviceName"`},
		{"no limit", tracesPath + "?limit=101", kept().Handler(), http.StatusBadRequest, `"field":"limit"`},
		{"lonely maximum", tracesPath + "?max_duration=5", kept().Handler(), http.StatusBadRequest, `"field":"max_duration"`},
		{"narrow range", tracesPath + "?max_duration=5&min_duration=6", kept().Handler(), http.StatusBadRequest, `"field":"max_duration"`},
		{"nobody keeps them", tracesPath + "/" + traceID, nil, http.StatusServiceUnavailable, `"traces-not-kept"`},
		{"nobody keeps any", tracesPath, nil, http.StatusServiceUnavailable, "ZIPKIN_URL"},
		{"away", tracesPath, away, http.StatusServiceUnavailable, `"unavailable"`},
		{"broken", tracesPath, broken, http.StatusServiceUnavailable, `"unavailable"`},
		{"garbled", tracesPath, garbled, http.StatusServiceUnavailable, `"unavailable"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldBeside(t, config(), nil, beside{traces: c.traces})
			answer := w.call(http.MethodGet, c.path, auth.RoleOperator)
			require.Equal(t, c.status, answer.Code, answer.Body.String())
			require.Contains(t, answer.Body.String(), c.says)
		})
	}
}

func TestZipkinURLMustBeOne(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"zipkin", "zipkin:9411", "ftp://zipkin", "http://"} {
		c := config()
		c.ZipkinURL = wrong
		_, err := app.New(t.Context(), c, environment(t, nil, beside{}))
		require.ErrorContains(t, err, "ZIPKIN_URL", wrong)
	}
}

type platformHealth struct {
	Status   string
	Services []struct {
		Name, Status, Version, Error string
		LatencyMS                    float64 `json:"latency_ms"`
		Dependencies                 []struct{ Name, Status, Error string }
	}
}

// healthy is the admin port of a service with a store that works, unless it fails with err.
func healthy(service string, err error) http.Handler {
	checks := health.New()
	checks.Register(service+".store", func(context.Context) (map[string]any, error) { return nil, err })
	mux := http.NewServeMux()
	mux.Handle("GET /healthz/"+service, checks.Of(service, "1.2.3"))
	return mux
}

func TestHealthOfAllServicesIsOneAnswer(t *testing.T) {
	t.Parallel()
	admin := map[string]http.Handler{}
	for _, name := range []string{"booking", "event", "gateway", "identity", "search"} {
		admin[name] = healthy(name, nil)
	}
	w := newWorldBeside(t, config(), nil, beside{admin: admin})
	var all platformHealth
	w.show(t, healthPath, &all)
	require.Equal(t, "ok", all.Status)
	require.Len(t, all.Services, 5)
	require.Equal(t, "booking", all.Services[0].Name)
	require.Equal(t, "1.2.3", all.Services[0].Version)
	require.Equal(t, "booking.store", all.Services[0].Dependencies[0].Name)
}

func TestServiceThatIsDownOrFailingIsShownAmongTheOthers(t *testing.T) {
	t.Parallel()
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	wrong := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"status":"UP"}`)) })
	w := newWorldBeside(t, config(), nil, beside{admin: map[string]http.Handler{
		"booking": healthy("booking", errors.New("disk full")), "event": slow, "identity": wrong, "gateway": healthy("gateway", nil),
	}})
	var all platformHealth
	start := time.Now()
	w.show(t, healthPath, &all)
	require.Less(t, time.Since(start), 5*time.Second)
	require.Equal(t, "failing", all.Status)
	found := map[string]string{}
	for _, s := range all.Services {
		found[s.Name] = s.Status + " " + s.Error
	}
	require.Equal(t, map[string]string{
		"booking": "failing ", "gateway": "ok ", "event": "down it did not answer within 2s", "search": "down it cannot be reached",
		"identity": "down what answers at its admin port is not its health",
	}, found)
	require.Equal(t, "disk full", all.Services[0].Dependencies[0].Error)
	require.GreaterOrEqual(t, all.Services[1].LatencyMS, 1900.0)
}
