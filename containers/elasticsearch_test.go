package containers_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/elasticsearch"
	"github.com/myevents/myevents/services/search/indextest"
)

// sharedElasticsearch is the server of all tests that do no harm to it.
var sharedElasticsearch = sync.OnceValues(func() (*containers.Container, error) {
	return containers.Start(context.Background(), containers.Elasticsearch())
})

// elasticsearchAt returns the URL of the index that belongs to the test.
func elasticsearchAt(t testing.TB) string {
	t.Helper()
	server, err := sharedElasticsearch()
	require.NoError(t, err)
	return elasticsearchURL(t, server)
}

func elasticsearchURL(t testing.TB, server *containers.Container) string {
	sum := sha256.Sum256([]byte(t.Name()))
	return fmt.Sprintf("http://%s/test-%s", server.Address("9200/tcp"), hex.EncodeToString(sum[:8]))
}

func openIndex(t testing.TB, url string) *elasticsearch.Index {
	t.Helper()
	index, err := elasticsearch.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, index.Close()) })
	return index
}

func TestSearchIndexOnElasticsearch(t *testing.T) {
	t.Parallel()
	indextest.Run(t, func(t *testing.T) indextest.Harness {
		url := elasticsearchAt(t)
		index := openIndex(t, url)
		return indextest.Harness{Index: index, Reopen: func() search.Index {
			require.NoError(t, index.Close())
			return openIndex(t, url)
		}}
	})
}

// jazzNight is the document of an event that is found as jazz.
func jazzNight(id string) []search.Document {
	return []search.Document{indextest.EventDocument(indextest.Event(id, "Jazz night"))}
}

func requireFound(t *testing.T, index search.Index, text string, n int) {
	t.Helper()
	page, err := index.SearchEvents(t.Context(), search.Query{Text: text, Limit: 100})
	require.NoError(t, err)
	require.Len(t, page.Hits, n)
}

// TestInstancesOnElasticsearchShareTheIndex opens an index that is not there several times at once, and clears it under the
// other instances.
func TestInstancesOnElasticsearchShareTheIndex(t *testing.T) {
	t.Parallel()
	url := elasticsearchAt(t)
	instances := make([]*elasticsearch.Index, 4)
	var opening sync.WaitGroup
	for i := range instances {
		opening.Go(func() {
			index, err := elasticsearch.Open(t.Context(), url)
			if err != nil {
				t.Error(err)
			}
			instances[i] = index
		})
	}
	opening.Wait()
	require.False(t, t.Failed())
	for i, index := range instances {
		require.NoError(t, index.Apply(t.Context(), jazzNight(fmt.Sprint("e", i))))
	}
	requireFound(t, instances[0], "jazz", len(instances))
	stats, err := instances[1].Stats(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]any{"events": len(instances), "bookings": 0}, stats)

	require.NoError(t, instances[2].Clear(t.Context()))
	requireFound(t, instances[3], "jazz", 0)
	require.NoError(t, instances[3].Apply(t.Context(), jazzNight("e9")))
	requireFound(t, instances[0], "jazz", 1)
}

// TestAnIndexOnElasticsearchThatWasDeletedIsMadeAgain deletes all that the alias stands for, as a person might.
func TestAnIndexOnElasticsearchThatWasDeletedIsMadeAgain(t *testing.T) {
	t.Parallel()
	url := elasticsearchAt(t)
	index := openIndex(t, url)
	require.NoError(t, index.Apply(t.Context(), jazzNight("e1")))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, url+"-1", http.NoBody)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	_, err = index.Stats(t.Context())
	require.ErrorContains(t, err, "index_not_found", "the health page says so")

	require.NoError(t, index.Apply(t.Context(), jazzNight("e2")))
	requireFound(t, index, "jazz", 1)
}

func TestLongWordsAreNoHarmToElasticsearch(t *testing.T) {
	t.Parallel()
	index := openIndex(t, elasticsearchAt(t))
	long := indextest.Event("e1", "Jazz "+strings.Repeat("ж", 40_000))
	require.NoError(t, index.Apply(t.Context(), []search.Document{indextest.EventDocument(long)}))
	requireFound(t, index, "jazz", 1)
	for _, letter := range []string{"a", "ж", "ジ", "𝔍", "𐐷"} {
		requireFound(t, index, strings.Repeat(letter, search.MaxQueryLength), 0)
	}
}

// TestCallersHearOfAnElasticsearchThatIsAway freezes and kills the server: callers are refused within seconds, and served
// again by themselves.
func TestCallersHearOfAnElasticsearchThatIsAway(t *testing.T) {
	t.Parallel()
	part := containers.Elasticsearch()
	part.Name = "elasticsearch-harmed"
	server, err := containers.Start(t.Context(), part)
	require.NoError(t, err)
	server.LogOnFailure(t)
	index := openIndex(t, elasticsearchURL(t, server))
	applied := 0
	for _, trouble := range []struct {
		name           string
		harm, endsHarm func(context.Context) error
	}{
		{"frozen", server.Pause, server.Unpause},
		{"killed", server.Kill, server.Restart},
	} {
		applied++
		require.NoError(t, index.Apply(t.Context(), jazzNight(trouble.name)))
		require.NoError(t, trouble.harm(t.Context()))

		requireRefused(t, 5*time.Second, trouble.name+", searched", func() error {
			_, err := index.SearchEvents(t.Context(), search.Query{Text: "jazz", Limit: 1})
			return err
		})
		requireRefused(t, 3*time.Second, trouble.name+", asked for its health", func() error {
			_, err := index.Stats(t.Context())
			return err
		})
		requireRefused(t, 12*time.Second, trouble.name+", written to", func() error {
			return index.Apply(t.Context(), jazzNight(trouble.name))
		})
		_, err := elasticsearch.Open(t.Context(), elasticsearchURL(t, server))
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)

		require.NoError(t, trouble.endsHarm(t.Context()))
		require.Eventually(t, func() bool {
			page, err := index.SearchEvents(t.Context(), search.Query{Text: "jazz", Limit: 10})
			return err == nil && len(page.Hits) == applied
		}, time.Minute, 100*time.Millisecond, trouble.name)
	}
}

func requireRefused(t *testing.T, within time.Duration, name string, call func() error) {
	t.Helper()
	began := time.Now()
	err := call()
	require.Equal(t, fault.Unavailable, fault.KindOf(err), "%s: %v", name, err)
	require.Less(t, time.Since(began), within, name)
}
