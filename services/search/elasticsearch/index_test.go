package elasticsearch_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/elasticsearch"
	"github.com/myevents/myevents/services/search/indextest"
)

// The suite of indexes runs against a real server, in containers/elasticsearch_test.go. Here is what needs none.

func TestURLsAreChecked(t *testing.T) {
	t.Parallel()
	for url, wrong := range map[string]string{
		"":                                      "the URL must be",
		"localhost:9200/search":                 "the URL must be",
		"ftp://localhost/search":                "the URL must be",
		"http:///search":                        "the URL must be",
		"http://localhost:9200":                 "the URL must be",
		"http://localhost:9200/":                "the URL must be",
		"http://localhost:9200/Search":          "in lower case",
		"http://localhost:9200/_all":            "the URL must be",
		"http://localhost:9200/a/b":             "the URL must be",
		"http://localhost:9200/*":               "the URL must be",
		"http://localhost:9200/search#x":        "the URL must be",
		"http://localhost:9200/search?sniff=no": "the URL has parameters, and none is known",
		"http://user:hush%zz@localhost/search":  "percent-encoded",
	} {
		_, err := elasticsearch.Open(t.Context(), url)
		require.ErrorContains(t, err, wrong, "%q", url)
		require.NotContains(t, err.Error(), "hush")
	}
}

func TestNobodyListening(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := elasticsearch.Open(t.Context(), strings.Replace(server.URL, "http://", "http://elastic:hush@", 1)+"/search")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	require.NotContains(t, err.Error(), "hush")
}

// open opens an index at a server that answers every POST as told, and everything else with yes.
func open(t *testing.T, post http.HandlerFunc) *elasticsearch.Index {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "elastic" || password != "hush hush" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.Method == http.MethodPost {
			post(w, r)
		}
	}))
	t.Cleanup(server.Close)
	index, err := elasticsearch.Open(t.Context(), strings.Replace(server.URL, "http://", "http://elastic:hush%20hush@", 1)+"/search")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, index.Close()) })
	return index
}

// answering is open for an index that lacks nothing: what is told begins with the first POST after the opening.
func answering(t *testing.T, post http.HandlerFunc) *elasticsearch.Index {
	t.Helper()
	var opened atomic.Bool
	index := open(t, func(w http.ResponseWriter, r *http.Request) {
		if opened.Load() {
			post(w, r)
			return
		}
		_, _ = io.WriteString(w, `{"hits":{"hits":[]}}`)
	})
	opened.Store(true)
	return index
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func find(ctx context.Context, index search.Index) error {
	_, err := index.SearchEvents(ctx, search.Query{Text: "jazz", Limit: 1})
	return err
}

func TestRefusalsThatPassAreUnavailable(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]fault.Kind{
		http.StatusTooManyRequests: fault.Unavailable, http.StatusServiceUnavailable: fault.Unavailable,
		http.StatusBadGateway: fault.Unavailable, http.StatusGatewayTimeout: fault.Unavailable,
		http.StatusBadRequest: fault.Internal, http.StatusForbidden: fault.Internal, http.StatusNotFound: fault.Internal,
	} {
		index := answering(t, answer(status, `{"error":{"type":"some_exception","reason":"out of sorts"}}`))
		err := find(t.Context(), index)
		require.Equal(t, kind, fault.KindOf(err), "%d: %v", status, err)
		require.ErrorContains(t, err, "some_exception: out of sorts")
	}
	err := find(t.Context(), answering(t, answer(http.StatusOK, `{"hits":`)))
	require.Equal(t, fault.Internal, fault.KindOf(err), "an answer that is none is a defect: %v", err)
}

func TestEachDocumentIsAnswered(t *testing.T) {
	t.Parallel()
	documents := []search.Document{
		indextest.EventDocument(indextest.Event("e1", "Jazz night")), indextest.EventDocument(indextest.Event("e2", "Rock night")),
	}
	apply := func(second string) error {
		body := `{"errors":true,"items":[{"index":{"status":201}},{"index":` + second + `}]}`
		return answering(t, answer(http.StatusOK, body)).Apply(t.Context(), documents)
	}
	require.NoError(t, apply(`{"status":409,"error":{"type":"version_conflict_engine_exception"}}`), "a newer one is there")

	err := apply(`{"status":429,"error":{"type":"es_rejected_execution_exception"}}`)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))

	err = apply(`{"status":400,"error":{"type":"mapper_parsing_exception","reason":"odd"}}`)
	require.Equal(t, fault.Internal, fault.KindOf(err))
	require.ErrorContains(t, err, "event/e2")
	require.ErrorContains(t, err, "odd")
}

func TestAConnectionThatTheServerHasClosedIsNoFailure(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	index := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1)%2 == 0 { // on the connection that is kept
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"hits":{"hits":[]}}`)
	})
	require.NoError(t, find(t.Context(), index))
	require.NoError(t, find(t.Context(), index))
	require.EqualValues(t, 3, calls.Load())
}

func TestACallerThatHasGoneIsNoFailureOfTheServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	index := answering(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client goes
		cancel()
		<-r.Context().Done()
	})
	err := find(ctx, index)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fault.Internal, fault.KindOf(err))

	short, end := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer end()
	err = find(short, index)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}

func TestTextWithoutWordsIsNotAsked(t *testing.T) {
	t.Parallel()
	index := answering(t, answer(http.StatusTeapot, ""))
	for _, text := range []string{"", " ", "*", "🎷", "-"} {
		page, err := index.SearchBookings(t.Context(), "ann", search.BookingQuery{Text: text, Limit: 1})
		require.NoError(t, err)
		require.Empty(t, page.Hits)
	}
	require.NoError(t, index.Apply(t.Context(), nil))
}

// asked returns the JSON of a request's body.
func asked(r *http.Request) (body map[string]any) {
	_ = json.NewDecoder(r.Body).Decode(&body)
	return body
}

func TestEventsOfAnOlderIndexGetTheNewFields(t *testing.T) {
	t.Parallel()
	old := indextest.EventDocument(indextest.Event("e1", "Jazz night"))
	page, err := json.Marshal(map[string]any{"hits": map[string]any{"hits": []any{
		map[string]any{"_id": old.Key(), "_source": map[string]any{"document": string(old.Data)}},
	}}})
	require.NoError(t, err)
	var after []any
	var written []map[string]any
	open(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/_bulk") {
			for lines := json.NewDecoder(r.Body); ; {
				var line map[string]any
				if lines.Decode(&line) != nil {
					break
				}
				written = append(written, line)
			}
			_, _ = io.WriteString(w, `{"errors":false}`)
			return
		}
		if after = asked(r)["search_after"].([]any); after[0] == "" {
			_, _ = w.Write(page)
			return
		}
		_, _ = io.WriteString(w, `{"hits":{"hits":[]}}`)
	})
	require.Equal(t, []any{"event/e1"}, after, "it went on until there were no more")
	require.Len(t, written, 2)
	require.Equal(t, map[string]any{"_id": "event/e1", "version": 1., "version_type": "external_gte"}, written[0]["index"])
	for field, want := range map[string]any{
		"in": "DE", "month": "2026-11", "starts": 1793907000e6, "by_start": "2026-11-05T19:30:00.000000000Z",
		"by_price": "00000000000000004500", "by_name": "jazz night", "document": string(old.Data), "key": "event/e1",
	} {
		require.Equal(t, want, written[1][field], field)
	}
}

func TestFiltersAndFacetsAreOneQuestion(t *testing.T) {
	t.Parallel()
	var body map[string]any
	index := answering(t, func(w http.ResponseWriter, r *http.Request) {
		body = asked(r)
		_, _ = io.WriteString(w, `{"hits":{"total":{"value":7},"hits":[]},"aggregations":{
			"in":{"doc_count":3,"values":{"buckets":[{"key":"DE","doc_count":2},{"key":"AT","doc_count":1}]}},
			"month":{"doc_count":9,"values":{"buckets":[{"key":"2026-12","doc_count":5},{"key":"2026-11","doc_count":4}]}}}}`)
	})
	page, err := index.SearchEvents(t.Context(), search.Query{
		Country: "DE", Month: "2026-11", Sort: search.SortLatest, Limit: 5, After: &search.Position{Value: "v", Key: "event/e1"},
	})
	require.NoError(t, err)
	require.Equal(t, search.EventPage{Total: 7, Facets: search.Facets{
		Country: []search.FacetValue{{Value: "DE", Count: 2}, {Value: "AT", Count: 1}},
		Month:   []search.FacetValue{{Value: "2026-11", Count: 4}, {Value: "2026-12", Count: 5}},
	}}, page)

	is := func(field, value string) any {
		return map[string]any{"term": map[string]any{field: map[string]any{"value": value}}}
	}
	every := func(filters ...any) any { return map[string]any{"bool": map[string]any{"filter": filters}} }
	country, month := is("in", "DE"), is("month", "2026-11")
	require.Equal(t, every(country, month), body["post_filter"])
	counts := body["aggs"].(map[string]any)
	require.Equal(t, every(month), counts["in"].(map[string]any)["filter"], "a count leaves its own filter out")
	require.Equal(t, every(country), counts["month"].(map[string]any)["filter"])
	require.Equal(t, []any{map[string]any{"by_start": "desc"}, map[string]any{"key": "asc"}}, body["sort"])
	require.Equal(t, []any{"v", "event/e1"}, body["search_after"])
	require.Equal(t, true, body["track_total_hits"])
	require.Equal(t, map[string]any{"bool": map[string]any{"must": []any{}, "filter": []any{is("kind", "event")}}}, body["query"])
}
