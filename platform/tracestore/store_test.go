package tracestore_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/myevents/myevents/platform/tracestore"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// of returns a span of a trace, one that a service tells of a request.
func of(trace, id uint64) model.SpanModel {
	parent := model.ID(id / 2)
	s := model.SpanModel{
		SpanContext: model.SpanContext{TraceID: model.TraceID{High: 7, Low: trace}, ID: model.ID(id), ParentID: &parent},
		Name:        "get /api/v1/events/{id}", Kind: model.Server,
		Timestamp: noon.Add(-time.Minute + time.Duration(trace)*time.Millisecond), Duration: 1500 * time.Microsecond,
		LocalEndpoint: &model.Endpoint{ServiceName: "event"},
		Tags: map[string]string{
			"http.request.method": "GET", "http.route": "/api/v1/events/{id}", "url.scheme": "http",
			"url.path": "/api/v1/events/0198c0de-0000-7000-8000-000000000000", "http.response.status_code": "200",
			"service.name": "event", "service.version": "1a2b3c4d5e6f", "deployment.environment.name": "production",
			"otel.scope.name": "github.com/myevents/myevents/platform/telemetry", "otel.scope.version": "1a2b3c4d5e6f",
		},
	}
	if parent == 0 {
		s.ParentID = nil
	}
	return s
}

// spans returns n spans of traces with eight spans each.
func spans(n int) []model.SpanModel {
	all := make([]model.SpanModel, n)
	for i := range all {
		all[i] = of(uint64(i/8+1), uint64(i%8+1))
	}
	return all
}

func get(t require.TestingT, s *tracestore.Store, path string, into any) int {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	if into != nil {
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), into))
	}
	return w.Code
}

func newStore(o tracestore.Options) *tracestore.Store {
	o.Clock = func() time.Time { return noon }
	return tracestore.New(o)
}

func TestSpanComesBackAsItWas(t *testing.T) {
	t.Parallel()
	full := of(1, 3)
	full.Name, full.Debug, full.Shared, full.Duration = "GET /Events", true, true, 1499*time.Nanosecond
	full.LocalEndpoint = &model.Endpoint{ServiceName: "Event", IPv4: net.IPv4(10, 0, 0, 1).To4(), IPv6: net.ParseIP("2001:db8::1"), Port: 8080}
	full.RemoteEndpoint = &model.Endpoint{ServiceName: "gateway"}
	full.Annotations = []model.Annotation{{Timestamp: noon, Value: "retry"}, {Timestamp: noon.Add(time.Second), Value: "gäve up"}}
	bare := model.SpanModel{SpanContext: model.SpanContext{TraceID: full.TraceID, ID: 9}}
	store := newStore(tracestore.Options{})
	store.Add([]model.SpanModel{full, bare})

	var found []model.SpanModel
	get(t, store, "/api/v2/trace/00000000000000070000000000000001", &found)
	full.Name, full.LocalEndpoint.ServiceName, full.Duration = "get /events", "event", time.Microsecond
	for i := range found {
		found[i].Timestamp = found[i].Timestamp.UTC()
		for j := range found[i].Annotations {
			found[i].Annotations[j].Timestamp = found[i].Annotations[j].Timestamp.UTC()
		}
	}
	found[0].LocalEndpoint.IPv4 = found[0].LocalEndpoint.IPv4.To4()
	bare.Timestamp = found[1].Timestamp.UTC()
	require.True(t, bare.Timestamp.IsZero())
	require.Equal(t, []model.SpanModel{full, bare}, found)
}

func TestSpansStayTheCallers(t *testing.T) {
	t.Parallel()
	store := newStore(tracestore.Options{})
	batch := spans(1)
	store.Add(batch)
	batch[0].Tags["http.route"] = "changed"
	batch[0].Name = "changed"
	var found []map[string]any
	get(t, store, "/api/v2/trace/00000000000000070000000000000001", &found)
	require.NotContains(t, fmt.Sprint(found), "changed")
}

func TestWhatIsWrongWithSpansIsNamed(t *testing.T) {
	t.Parallel()
	store := newStore(tracestore.Options{})
	for _, c := range []struct{ body, field, rule string }{
		{``, "body", "must be a list of spans in JSON"},
		{`null`, "body", "must be a list of spans in JSON"},
		{`{"traceId":"1","id":"1"}`, "body", "must be a list of spans in JSON"},
		{`[{"traceId":"1","id":"1"}] more`, "body", "must be a list of spans in JSON"},
		{`[null]`, "[0].traceId", "must be 1 to 32 lower-case hex digits"},
		{`[7]`, "[0]", "must be an object"},
		{`[{"traceId":"1"}]`, "[0].id", "must be 1 to 16 lower-case hex digits"},
		{`[{"traceId":"1","id":"1"},{"traceId":"1","id":"x"}]`, "[1].id", "must be 1 to 16 lower-case hex digits"},
		{`[{"traceId":"1","id":7}]`, "[0].id", "must be a string"},
		{`[{"traceId":"1","id":"00000000000000001"}]`, "[0].id", "must be 1 to 16 lower-case hex digits"},
		{`[{"traceId":"1","id":"0"}]`, "[0].id", "must not be zero"},
		{`[{"traceId":"0","id":"1"}]`, "[0].traceId", "must not be zero"},
		{`[{"traceId":"ABC","id":"1"}]`, "[0].traceId", "must be 1 to 32 lower-case hex digits"},
		{`[{"traceId":"000000000000000000000000000000001","id":"1"}]`, "[0].traceId", "must be 1 to 32 lower-case hex digits"},
		{`[{"traceId":"1","id":"1","parentId":"g"}]`, "[0].parentId", "must be 1 to 16 lower-case hex digits"},
		{`[{"traceId":"1","id":"1","kind":"BOTH"}]`, "[0].kind", "must be CLIENT, SERVER, PRODUCER or CONSUMER"},
		{`[{"traceId":"1","id":"1","timestamp":"now"}]`, "[0].timestamp", "must be a whole number in range"},
		{`[{"traceId":"1","id":"1","annotations":[{"value":"x"}]}]`, "[0].annotations", "must have a timestamp and a value"},
		{`[{"traceId":"1","id":"1","localEndpoint":{"port":70000}}]`, "[0].localEndpoint.port", "must be a whole number in range"},
	} {
		w := post(store, []byte(c.body), "")
		require.Equal(t, http.StatusBadRequest, w.Code, c.body)
		var problem struct {
			Errors []struct{ Field, Rule string }
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem))
		require.Equal(t, []struct{ Field, Rule string }{{c.field, c.rule}}, problem.Errors, c.body)
	}
	require.Equal(t, http.StatusNotFound, get(t, store, "/api/v2/trace/1", nil), "a list is taken whole or not at all")
}

func post(s *tracestore.Store, body []byte, encoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/api/v2/spans", bytes.NewReader(body))
	r.Header.Set("Content-Encoding", encoding)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func zipped(text string) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(text)) // a buffer takes everything
	_ = w.Close()
	return packed.Bytes()
}

func TestBodiesMayBeZipped(t *testing.T) {
	t.Parallel()
	store := newStore(tracestore.Options{})
	body := zipped(`[{"traceId":"1","id":"1"}]`)
	require.Equal(t, http.StatusAccepted, post(store, body, "gzip").Code)
	require.Equal(t, http.StatusOK, get(t, store, "/api/v2/trace/1", nil))
	require.Equal(t, http.StatusBadRequest, post(store, []byte(`[]`), "gzip").Code)
	require.Equal(t, http.StatusBadRequest, post(store, body[:len(body)-4], "gzip").Code)
	bomb := zipped(`[` + strings.Repeat(" ", 9<<20) + `]`)
	require.Equal(t, http.StatusRequestEntityTooLarge, post(store, bomb, "gzip").Code)
}

func TestQuestionsThatCannotBeAnswered(t *testing.T) {
	t.Parallel()
	store := newStore(tracestore.Options{})
	for path, field := range map[string]string{
		"trace/x": "traceId", "trace/0": "traceId", "trace/" + strings.Repeat("1", 33): "traceId",
		"traceMany": "traceIds", "traceMany?traceIds=1": "traceIds", "traceMany?traceIds=1,1": "traceIds", "traceMany?traceIds=1,x": "traceIds",
		"spans": "serviceName", "remoteServices": "serviceName",
		"dependencies": "endTs", "dependencies?endTs=0": "endTs", "dependencies?endTs=1&lookback=x": "lookback",
		"traces?limit=0": "limit", "traces?endTs=-1": "endTs", "traces?lookback=1e3": "lookback", "traces?endTs=9999999999999999": "endTs",
		"traces?minDuration=0": "minDuration", "traces?maxDuration=5": "maxDuration", "traces?minDuration=5&maxDuration=4": "maxDuration",
	} {
		w := httptest.NewRecorder()
		store.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v2/"+path, http.NoBody))
		require.Equal(t, http.StatusBadRequest, w.Code, path)
		require.Contains(t, w.Body.String(), `"field":"`+field+`"`, path)
	}
	require.Equal(t, http.StatusNotFound, get(t, store, "/api/v2/nothing", nil))
}

func TestNamesAndHealth(t *testing.T) {
	t.Parallel()
	store := newStore(tracestore.Options{})
	var names []string
	get(t, store, "/api/v2/services", &names)
	require.NotNil(t, names)
	first, second := of(1, 1), of(1, 2)
	second.LocalEndpoint = &model.Endpoint{ServiceName: "Booking"}
	store.Add([]model.SpanModel{first, second, first})
	get(t, store, "/api/v2/services", &names)
	require.Equal(t, []string{"booking", "event"}, names)
	var health map[string]string
	get(t, store, "/health", &health)
	require.Equal(t, "UP", health["status"])
}

func TestManyTraces(t *testing.T) {
	t.Parallel()
	store := newStore(tracestore.Options{})
	store.Add(spans(24))
	var found [][]wired
	get(t, store, "/api/v2/traceMany?traceIds=70000000000000001,99,70000000000000003", &found)
	require.Len(t, found, 2)
	require.Equal(t, "00000000000000070000000000000003", found[1][0].TraceID)
}

func TestSearchEndsNowAndFindsTenUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	store := newStore(tracestore.Options{})
	late := of(999, 1)
	late.Timestamp = noon.Add(time.Minute)
	store.Add(append(spans(8*20), late))
	var found [][]wired
	get(t, store, "/api/v2/traces", &found)
	require.Len(t, found, 10)
	require.Equal(t, "00000000000000070000000000000014", found[0][0].TraceID, "the latest first, but none that has not begun yet")
}

type wired struct{ TraceID, ID string }

// whole returns how many spans of each trace the store shows.
func whole(t require.TestingT, s *tracestore.Store) map[string]int {
	var found [][]wired
	get(t, s, "/api/v2/traces?limit=1000000", &found)
	counts := map[string]int{}
	for _, trace := range found {
		counts[trace[0].TraceID] += len(trace)
	}
	return counts
}

func TestEverythingWithinTheBoundIsFoundAndTracesGoAsAWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 200).Draw(t, "most")
		registry := prometheus.NewRegistry()
		store := newStore(tracestore.Options{MaxSpans: most, Registerer: registry})
		// Traces side by side: their spans come in turn.
		order := rapid.SliceOfN(rapid.Uint64Range(1, 60), 1, 600).Draw(t, "order")
		told, last := map[string]int{}, map[string]int{}
		for from := 0; from < len(order); {
			to := min(len(order), from+rapid.IntRange(1, 40).Draw(t, "batch"))
			var batch []model.SpanModel
			for i := from; i < to; i++ {
				span := of(order[i], uint64(i+1))
				batch = append(batch, span)
				told[span.TraceID.String()]++
				last[span.TraceID.String()] = i
			}
			store.Add(batch)
			from = to
		}
		first := map[string]int{}
		for i := len(order) - 1; i >= 0; i-- {
			first[of(order[i], 1).TraceID.String()] = i
		}

		held, evicted := measure(t, registry)
		require.LessOrEqual(t, held, most)
		require.Equal(t, len(order), held+evicted)
		shown := whole(t, store)
		step := (most + 31) / 32 // is evicted at once
		for id, n := range told {
			if len(order)-first[id] <= most-step || len(order) <= most {
				require.Equal(t, n, shown[id], "trace %s is young enough to be there", id)
			}
			if last[id]-first[id] < most && shown[id] > 0 {
				require.Equal(t, n, shown[id], "trace %s is shown in parts", id)
			}
		}
		var one []wired
		for id, n := range shown {
			get(t, store, "/api/v2/trace/"+id, &one)
			require.Len(t, one, n)
		}
	})
}

func measure(t require.TestingT, r *prometheus.Registry) (held, evicted int) {
	families, err := r.Gather()
	require.NoError(t, err)
	for _, f := range families {
		switch f.GetName() {
		case "myevents_trace_store_spans":
			held = int(f.GetMetric()[0].GetGauge().GetValue())
		case "myevents_trace_store_evicted_spans_total":
			evicted = int(f.GetMetric()[0].GetCounter().GetValue())
		}
	}
	return held, evicted
}

func TestMetricsAreWellFormed(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	tracestore.New(tracestore.Options{Registerer: registry})
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Equal(t, []promlint.Problem(nil), problems)
}

func TestLargeSpansMakeRoomToo(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	store := newStore(tracestore.Options{MaxSpans: 100, Registerer: registry})
	for i := range uint64(100) {
		large := of(i+1, 1)
		large.Tags["stack"] = strings.Repeat("x", 10<<10)
		store.Add([]model.SpanModel{large})
	}
	held, _ := measure(t, registry)
	require.InDelta(t, 10, held, 2, "100 spans of 1 KiB are as much memory as 10 of 10 KiB")
}

func TestAddingAndAskingAtTheSameTime(t *testing.T) {
	t.Parallel()
	store := newStore(tracestore.Options{MaxSpans: 500})
	var adding, asking sync.WaitGroup
	done := make(chan struct{})
	for worker := range uint64(3) {
		adding.Go(func() {
			for i := range uint64(400) {
				id := worker*1000 + i + 1
				store.Add([]model.SpanModel{of(id, 1), of(id, 2), of(id, 3)})
			}
		})
		asking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for id, n := range whole(t, store) {
					require.Equal(t, 3, n, id)
				}
				var names []string
				get(t, store, "/api/v2/spans?serviceName=event", &names)
				get(t, store, fmt.Sprintf("/api/v2/dependencies?endTs=%d", noon.UnixMilli()), &[]tracestore.Link{})
			}
		})
	}
	adding.Wait()
	close(done)
	asking.Wait()
	require.NotEmpty(t, whole(t, store))
}

func BenchmarkAdd(b *testing.B) {
	store := newStore(tracestore.Options{})
	batch := spans(512)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		store.Add(batch[i%512 : i%512+1])
	}
}

func BenchmarkAddBatch(b *testing.B) {
	store := newStore(tracestore.Options{})
	batch := spans(512)
	for b.Loop() {
		store.Add(batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/512, "ns/span")
}

func BenchmarkSearch(b *testing.B) {
	store := newStore(tracestore.Options{})
	store.Add(spans(tracestore.DefaultMaxSpans))
	for name, path := range map[string]string{
		"latest": "/api/v2/traces", "none": "/api/v2/traces?spanName=none", "one": "/api/v2/trace/70000000000000001",
		"dependencies": fmt.Sprintf("/api/v2/dependencies?endTs=%d", noon.UnixMilli()),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				get(b, store, path, nil)
			}
		})
	}
}
