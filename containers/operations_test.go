package containers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openzipkin/zipkin-go/model"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/features/operations"
	"github.com/myevents/myevents/platform/auth"
)

const observability = "../observability"

// TestOperatorsFindWhatHappenedAtNight runs every search that operators are given against what platforms told in a night.
func TestOperatorsFindWhatHappenedAtNight(t *testing.T) {
	t.Parallel()
	zipkin, err := containers.Start(t.Context(), containers.Zipkin())
	require.NoError(t, err)
	n := spendNight(t, "http://"+zipkin.Address("9411/tcp"))
	logs := n.index(t)

	t.Run("in Kibana", func(t *testing.T) { requireSavedSearches(t, logs) })
	t.Run("by runbooks", func(t *testing.T) { requireRunbooksQueries(t, logs) })
	t.Run("in Zipkin", func(t *testing.T) { n.requireTraces(t, "http://"+zipkin.Address("9411/tcp")) })
	require.NoError(t, zipkin.Remove(context.WithoutCancel(t.Context())))
}

// index writes the lines to an Elasticsearch in the form in which they are shipped, with one that nobody can read, and
// returns the URL of those indexes that the data view has.
func (n *night) index(t *testing.T) string {
	t.Helper()
	server, err := sharedElasticsearch()
	require.NoError(t, err)
	require.NoError(t, containers.LoadLogs(t.Context(), server))
	var bulk bytes.Buffer
	encoder := json.NewEncoder(&bulk)
	for line := range strings.Lines(n.lines.String() + "panic: something that is no line\n") {
		shipped := document{"@timestamp": time.Now().UTC().Format(time.RFC3339Nano), "message": strings.TrimSpace(line)}
		require.NoError(t, encoder.Encode(document{"create": document{}}))
		require.NoError(t, encoder.Encode(shipped))
	}
	base := "http://" + server.Address("9200/tcp")
	var answer struct{ Errors bool }
	post(t, base+"/logs-myevents-"+time.Now().UTC().Format("2006.01.02")+"/_bulk?refresh=true", bulk.Bytes(), &answer)
	require.False(t, answer.Errors)
	return base + "/logs-*"
}

// document is a line as Elasticsearch has it.
type document = map[string]any

// searchLogs returns what a query in Lucene's language finds.
func searchLogs(t *testing.T, logs, query string, sort [][2]string) []doors.Line {
	t.Helper()
	door := doors.NewElasticsearch(logs)
	defer door.Close()
	found, err := door.Search(t.Context(), query, sort)
	require.NoError(t, err, query)
	return found
}

// requireSavedSearches expects each to find something and, in what it finds, every one of its columns.
func requireSavedSearches(t *testing.T, logs string) {
	lines, err := os.ReadFile(observability + "/kibana/saved-objects.ndjson")
	require.NoError(t, err)
	objects, err := operations.ReadSavedObjects(lines)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(logs, "/"+objects.DataView.Title))
	for _, s := range objects.Searches {
		found := searchLogs(t, logs, s.Query, s.Sort)
		require.NotEmpty(t, found, s.ID)
		fields := doors.Line{}
		for _, line := range found {
			maps.Copy(fields, line)
			require.Contains(t, line, objects.DataView.TimeField)
		}
		for _, column := range s.Columns {
			require.Contains(t, fields, column, s.ID)
		}
	}
	all := searchLogs(t, logs, "*", nil)
	require.Less(t, len(searchLogs(t, logs, "log.level:error", nil)), len(all), "a query leaves out what it does not mean")
}

// requireRunbooksQueries expects each to find something, which not every line is.
func requireRunbooksQueries(t *testing.T, logs string) {
	pages, err := operations.ReadPages(observability + "/runbooks/*.md")
	require.NoError(t, err)
	all := len(searchLogs(t, logs, "*", nil))
	queries := 0
	for _, page := range pages {
		for _, query := range page.Queries("lucene") {
			queries++
			found := len(searchLogs(t, logs, query, nil))
			require.NotZero(t, found, "%s: %s finds nothing", page.Name(), query)
			require.Less(t, found, all, "%s: %s finds everything", page.Name(), query)
		}
	}
	require.NotZero(t, queries)
}

// requireTraces follows each link into Zipkin, with ids from the audit trail in place of the words in capitals.
func (n *night) requireTraces(t *testing.T, zipkin string) {
	pages, err := operations.ReadPages(observability + "/zipkin/README.md")
	require.NoError(t, err)
	links, err := operations.ZipkinLinks(pages)
	require.NoError(t, err)

	booked := n.find(t, document{"event.action": "booking.create", "event.outcome": "success"})[0]
	hash := auth.Principal{UserID: booked["user.id"].(string)}.Hash()
	ids := strings.NewReplacer("BOOKING_ID", booked["audit.object.id"].(string), "USER_HASH", hash)
	failed := n.find(t, document{"event.action": "gateway.forward"})[0]
	for name, trace := range map[string]any{
		"README: By booking": booked["trace.id"], "README: By user": booked["trace.id"], "README: By error": failed["trace.id"],
		"README: By duration": booked["trace.id"], "README: By two services": booked["trace.id"],
	} {
		require.Contains(t, links, name)
		page, err := url.Parse(ids.Replace(links[name].String()))
		require.NoError(t, err)
		query, err := operations.ZipkinQuery(page)
		require.NoError(t, err)
		query.Set("limit", "1000") // the night was longer than a page
		requireTrace(t, zipkin+"/api/v2/traces?", query, trace)
	}
	requireDependencies(t, zipkin, links["README: Who calls whom"])
}

// requireTrace expects a search to find the trace, and not to find all there are.
func requireTrace(t *testing.T, traces string, query url.Values, id any) {
	t.Helper()
	var found, all [][]model.SpanModel
	require.Eventually(t, func() bool {
		err := ask(t.Context(), traces+query.Encode(), &found)
		return err == nil && slices.ContainsFunc(found, func(trace []model.SpanModel) bool { return trace[0].TraceID.String() == id })
	}, 10*time.Second, 100*time.Millisecond, "%v does not find %s", query, id)
	anything := url.Values{"endTs": query["endTs"], "lookback": query["lookback"], "limit": query["limit"]}
	require.NoError(t, ask(t.Context(), traces+anything.Encode(), &all))
	require.Less(t, len(found), len(all), "%v finds everything", query)
}

// requireDependencies expects the gateway to be seen calling the services.
func requireDependencies(t *testing.T, zipkin string, page *url.URL) {
	t.Helper()
	end := page.Query().Get("endTime")
	var links []struct{ Parent, Child string }
	require.NoError(t, ask(t.Context(), fmt.Sprintf("%s/api/v2/dependencies?endTs=%s&lookback=%s", zipkin, end, end), &links))
	for _, service := range []string{"booking", "event", "identity"} {
		require.Contains(t, links, struct{ Parent, Child string }{"gateway", service})
	}
}

func post(t *testing.T, url string, body []byte, answer any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-ndjson")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, string(text))
	require.NoError(t, json.Unmarshal(text, answer))
}
