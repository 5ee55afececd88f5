package doors_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/platform/tracestore"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestZipkinShowsATraceAndTheRecentOnes(t *testing.T) {
	t.Parallel()
	store := tracestore.New(tracestore.Options{})
	server := httptest.NewServer(store.Handler())
	t.Cleanup(server.Close)
	traces := doors.NewZipkin(server.URL + "/")
	id := model.TraceID{High: 1, Low: 2}
	store.Add([]model.SpanModel{{
		SpanContext: model.SpanContext{TraceID: id, ID: 3}, Name: "GET /events", Kind: model.Server, Timestamp: time.Now(),
		Duration: time.Millisecond, LocalEndpoint: &model.Endpoint{ServiceName: "gateway"}, Tags: map[string]string{"http.route": "/events"},
	}})

	spans, err := traces.Trace(t.Context(), id.String())
	require.NoError(t, err)
	require.Len(t, spans, 1)
	require.Equal(t, "/events", spans[0].Tags["http.route"])
	all, err := traces.Recent(t.Context())
	require.NoError(t, err)
	require.Equal(t, [][]model.SpanModel{spans}, all)

	spans, err = traces.Trace(t.Context(), "00000000000000000000000000000009")
	require.NoError(t, err)
	require.Empty(t, spans)
}

func TestAnAnswerThatIsNoneShowsWhatCame(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no storage", http.StatusServiceUnavailable)
	})
	_, err := doors.NewZipkin(url).Recent(t.Context())
	require.ErrorContains(t, err, "503")
	require.ErrorContains(t, err, "no storage")
}

// prometheusAPI answers as Prometheus 2.42 does: the clock stands at 1000.5, and the scrape is behind it at first.
func prometheusAPI(t *testing.T) string {
	t.Helper()
	var scrapes atomic.Int64
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch query := r.FormValue("query"); {
		case r.URL.Path == "/api/v1/query_exemplars":
			_, _ = io.WriteString(w, `{"status":"success","data":[{"seriesLabels":{},"exemplars":[{"labels":{"trace_id":"abc"},"value":"0.1"}]}]}`)
		case query == "time()":
			_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"scalar","result":[1000.5,"1000.5"]}}`)
		case query == "min(timestamp(myevents_build_info))":
			_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1000.5,"%d"]}]}}`,
				999+2*scrapes.Add(1)-2)
		case query == "sold_total" && r.FormValue("time") == "1000.500":
			_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"vector",
				"result":[{"metric":{"kind":"seat"},"value":[1000.5,"7"]}]}}`)
		default:
			http.Error(w, `{"status":"error","error":"parse error"}`, http.StatusBadRequest)
		}
	})
}

func TestPrometheusIsAskedWhenItHasScrapedAgain(t *testing.T) {
	t.Parallel()
	metrics := doors.NewPrometheus(prometheusAPI(t))
	at, err := metrics.Now(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(1_000_500), at.UnixMilli())
	samples, err := metrics.Query(t.Context(), "sold_total", at)
	require.NoError(t, err)
	require.Equal(t, []doors.Sample{{Labels: map[string]string{"kind": "seat"}, Value: 7}}, samples)
	traces, err := metrics.Exemplars(t.Context(), "took_seconds_bucket", at)
	require.NoError(t, err)
	require.Equal(t, []string{"abc"}, traces)
	_, err = metrics.Query(t.Context(), "sum(", at)
	require.ErrorContains(t, err, "parse error")
}

func TestElasticsearchFindsLinesWhateverTheShipperMadeOfTheirFields(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var search struct {
			Query struct {
				Bool struct{ Filter []json.RawMessage }
			}
		}
		if r.URL.Path != "/logs-*/_search" || json.NewDecoder(r.Body).Decode(&search) != nil || len(search.Query.Bool.Filter) != 1 {
			http.Error(w, "no such search", http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"hits":{"hits":[
			{"_source":{"trace":{"id":"abc"},"http":{"response":{"status_code":200}}}},
			{"_source":{"trace.id":"abc","message":"flat"}},
			{"_source":{"trace":{"id":"abc abc"}}}]}}`)
	})
	lines, err := doors.NewElasticsearch(url+"/logs-*").Find(t.Context(), map[string]string{"trace.id": "abc"})
	require.NoError(t, err)
	require.Equal(t, []doors.Line{
		{"trace.id": "abc", "http.response.status_code": 200.0}, {"trace.id": "abc", "message": "flat"},
	}, lines)
}

func TestElasticsearchRefusesToAnswerWithAPartOfTheLines(t *testing.T) {
	t.Parallel()
	failures := ""
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"_shards":{"failures":[%s]},"hits":{"hits":[{"_source":{"a":{"b":1}}}]}}`, failures)
	})
	logs := doors.NewElasticsearch(url)
	lines, err := logs.Search(t.Context(), "a.b:1", [][2]string{{"a.b", "asc"}})
	require.NoError(t, err)
	require.Equal(t, []doors.Line{{"a.b": 1.0}}, lines)
	failures = `{"shard":0,"reason":{"type":"query_shard_exception"}}`
	_, err = logs.Search(t.Context(), "a.b:1", nil)
	require.ErrorContains(t, err, "query_shard_exception")
}

func TestCapturedLinesAreFoundByTheirFields(t *testing.T) {
	t.Parallel()
	var gateway, booking doors.Captured
	_, _ = io.WriteString(&gateway, `{"@timestamp":"2","trace.id":"a","n":12345678}`+"\n"+`{"@timestamp":"3","trace.id":"b"}`+"\n")
	_, _ = io.WriteString(&booking, `{"@timestamp":"1","trace.id":"a"}`+"\n"+`{"@timestamp":"4","tra`)

	lines, err := doors.Several{&gateway, &booking}.Find(t.Context(), map[string]string{"trace.id": "a"})
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, "1", lines[0]["@timestamp"])
	lines, err = gateway.Find(t.Context(), map[string]string{"trace.id": "a", "n": "12345678"})
	require.NoError(t, err)
	require.Len(t, lines, 1)
}
