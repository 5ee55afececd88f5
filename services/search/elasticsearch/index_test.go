package elasticsearch_test

import (
	"context"
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

// answering returns an index at a server that answers every POST as told, and everything else with yes.
func answering(t *testing.T, post http.HandlerFunc) *elasticsearch.Index {
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
		page, err := index.SearchBookings(t.Context(), "ann", search.Query{Text: text, Limit: 1})
		require.NoError(t, err)
		require.Empty(t, page.Hits)
	}
	require.NoError(t, index.Apply(t.Context(), nil))
}
