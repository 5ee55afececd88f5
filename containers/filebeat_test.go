package containers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/features/doors"
)

const (
	manyLines   = 10_000 // as many as one search gives
	somePart    = 1_000  // of them
	logPatience = 3 * time.Minute
)

// TestLogLinesReachElasticsearch writes log lines while what takes them is harmed. Each is there afterwards, once.
func TestLogLinesReachElasticsearch(t *testing.T) {
	t.Parallel()
	s := ship(t)
	s.exactlyOnce(t, "Elasticsearch is killed", func() error { return s.elasticsearch.Kill(t.Context()) }, s.elasticsearch.Restart)
	s.exactlyOnce(t, "Filebeat is killed", func() error { return s.filebeat.Kill(t.Context()) }, s.filebeat.Restart)
	t.Run("no line is refused", s.keepsEveryLine)
	t.Run("a line that went past the pipeline is sent through it", s.catchesUp)
	t.Run("old lines go", s.keepsTwoWeeks)
	t.Run("Prometheus is told", s.isMeasured)
	t.Run("all is shipped again", s.takesNothingTwice)
}

// shipping is a Filebeat that ships to an Elasticsearch.
type shipping struct{ elasticsearch, filebeat *containers.Container }

func ship(t *testing.T) shipping {
	t.Helper()
	part := containers.Elasticsearch()
	part.Name = "elasticsearch-of-logs"
	store, err := containers.Start(t.Context(), part)
	require.NoError(t, err)
	store.LogOnFailure(t)
	require.NoError(t, containers.LoadLogs(t.Context(), store))
	return shipping{store, startFilebeat(t, "filebeat", store)}
}

func startFilebeat(t *testing.T, name string, store *containers.Container) *containers.Container {
	t.Helper()
	part, err := containers.Filebeat(store.Name())
	require.NoError(t, err)
	part.Name = name
	filebeat, err := containers.Start(t.Context(), part)
	require.NoError(t, err)
	filebeat.LogOnFailure(t)
	return filebeat
}

// exactlyOnce does harm when some of the lines are in the index, and undoes it.
func (s shipping) exactlyOnce(t *testing.T, name string, harm func() error, undo func(context.Context) error) {
	t.Run(name, func(t *testing.T) {
		trace := fmt.Sprintf("%032x", time.Now().UnixNano())
		var text strings.Builder
		for i := range manyLines {
			fmt.Fprintf(&text, `{"@timestamp":"%s","service.name":"event","message":"answered","trace.id":"%s","span.id":"%016x"}`+"\n",
				time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), trace, i)
		}
		written := make(chan error, 1)
		go func() { written <- write(t.Context(), "writer", text.String()) }()

		require.Less(t, s.await(t, trace, somePart, func() error { return nil }), manyLines, "too late to do harm")
		require.NoError(t, harm())
		require.NoError(t, undo(t.Context()))
		require.NoError(t, <-written)
		require.Equal(t, manyLines, s.await(t, trace, manyLines, func() error { return containers.LoadLogs(t.Context(), s.elasticsearch) }))
		spans := map[any]bool{}
		lines, err := s.find(t.Context(), "trace.id", trace)
		require.NoError(t, err)
		for _, line := range lines {
			spans[line["span.id"]] = true
		}
		require.Len(t, spans, manyLines)
	})
}

// write has a container write a text, bit by bit, in some seconds.
func write(ctx context.Context, name, text string) error {
	_, err := containers.Start(ctx, containers.Part{
		Name: name, Image: "DEBIAN_IMAGE", Shipped: true, Files: map[string]string{"/lines": text},
		Cmd:   []string{"sh", "-c", "split -l 200 /lines /tmp/part- && for part in /tmp/part-*; do cat $part; sleep 0.1; done"},
		Ready: wait.ForExit(),
	})
	return err
}

// await waits until so many lines of a trace are in the index, and returns how many are. It does meanwhile what is to be done
// again and again.
func (s shipping) await(t *testing.T, trace string, n int, meanwhile func() error) int {
	t.Helper()
	var answer struct{ Count int }
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		require.NoError(c, meanwhile())
		require.NoError(c, ask(t.Context(), "http://"+s.elasticsearch.Address("9200/tcp")+"/logs-myevents-*/_count?q=trace.id:"+trace, &answer))
		require.GreaterOrEqual(c, answer.Count, n)
	}, logPatience, 50*time.Millisecond)
	return answer.Count
}

// find returns the lines in which a field has the value.
func (s shipping) find(ctx context.Context, field, value string) ([]doors.Line, error) {
	door := doors.NewElasticsearch("http://" + s.elasticsearch.Address("9200/tcp") + "/logs-myevents-*")
	defer door.Close()
	return door.Find(ctx, map[string]string{field: value})
}

// ask reads an answer in JSON.
func ask(ctx context.Context, url string, answer any) error {
	text, err := get(ctx, url)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), answer)
}

func get(ctx context.Context, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

// keepsEveryLine writes lines that Elasticsearch could refuse, were they not made fit.
func (s shipping) keepsEveryLine(t *testing.T) {
	with := func(more string) string {
		return `{"@timestamp":"2026-05-01T12:00:00.000001Z","service.name":"event","message":"fine"` + more + `}`
	}
	long := strings.Repeat("x", 40_000)
	unreadable := []string{
		"panic: runtime error: index out of range [5] with length 3", "goroutine 1 [running]:", "{", "42", `"text"`, "[]", "\x1b[31mred",
		"{{{message}}}", "2026/11/22 12:00:00 a line of the log package", long, with("") + with(""), with("") + " and more",
		`{"message":"no time"}`, `{"@timestamp":"2026-05-01T12:00:00.000001Z"}`, `{"@timestamp":"yesterday","service.name":"event"}`,
		`{"@timestamp":5}`, with(`,"message":"twice"`),
	}
	strange := []string{
		with(`,"unknown":1`), with(`,"trace":"x"`), with(`,"trace.id.x":1`), with(`,"url.path":{"a":1}`), with(`,"url.query_keys":["a",["b"]]`),
		with(`,"log":"x"`), with(`,"log.offset":"x"`), with(`,"_index":"x"`), with(`,"config":1`), with(`,"":1,".":1`),
	}
	fine := []string{
		with(""), with(`,"booking.seats":"many"`), with(`,"booking.seats":1e40`), with(`,"booking.seats":true`), with(`,"log.level":7`),
		with(`,"user.id":"` + long + `"`), with(`,"error.message":"` + long + `"`), with(`,"config.a":"b"`),
		with(`,"fault.active":"perhaps"`),
	}
	all := slices.Concat(unreadable, strange, fine)
	require.NoError(t, write(t.Context(), "odd", strings.Join(all, "\n")+"\n"))

	var lines []doors.Line
	require.Eventually(t, func() (complete bool) {
		var err error
		lines, err = s.find(t.Context(), "container.name", "odd")
		return err == nil && len(lines) == len(all)
	}, logPatience, 100*time.Millisecond)
	messages, originals := map[any]int{}, map[any]bool{}
	for _, line := range lines {
		messages[line["message"]]++
		if line["event.kind"] == "pipeline_error" {
			require.NotEmpty(t, line["error.message"])
			originals[line["event.original"]] = true
		}
	}
	for _, text := range slices.Concat(unreadable, strange) {
		require.True(t, originals[text], text)
	}
	require.Len(t, originals, len(unreadable)+len(strange))
	require.Equal(t, len(strange)+len(fine), messages["fine"], "of a strange line is known what can be known")
}

// catchesUp indexes a line as an Elasticsearch 7 may that starts.
func (s shipping) catchesUp(t *testing.T) {
	raw := `{"message":"{\"@timestamp\":\"2026-05-01T12:00:00.000001Z\",\"service.name\":\"event\",\"trace.id\":\"raw\"}"}`
	url := "http://" + s.elasticsearch.Address("9200/tcp") + "/logs-myevents-" + time.Now().UTC().Format("2006.01.02")
	require.Equal(t, http.StatusCreated, request(t, http.MethodPut, url+"/_doc/raw?pipeline=_none&refresh=true", raw))
	require.NoError(t, containers.LoadLogs(t.Context(), s.elasticsearch))
	s.await(t, "raw", 1, func() error { return nil })
}

// keepsTwoWeeks loads what is there again, as happens every minute.
func (s shipping) keepsTwoWeeks(t *testing.T) {
	index := func(daysAgo int) string {
		return "http://" + s.elasticsearch.Address("9200/tcp") + "/logs-myevents-" + time.Now().UTC().AddDate(0, 0, -daysAgo).Format("2006.01.02")
	}
	for _, daysAgo := range []int{100, 15, 13} {
		require.Equal(t, http.StatusOK, request(t, http.MethodPut, index(daysAgo), ""))
	}
	require.NoError(t, containers.LoadLogs(t.Context(), s.elasticsearch))
	for daysAgo, status := range map[int]int{100: http.StatusNotFound, 15: http.StatusNotFound, 13: http.StatusOK, 0: http.StatusOK} {
		require.Equal(t, status, request(t, http.MethodHead, index(daysAgo), ""), daysAgo)
	}
}

func request(t *testing.T, method, url, body string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}

// isMeasured looks at the figures as Prometheus gets them.
func (s shipping) isMeasured(t *testing.T) {
	part, err := containers.LogMetrics()
	require.NoError(t, err)
	metrics, err := containers.Start(t.Context(), part)
	require.NoError(t, err)
	var page string
	require.Eventually(t, func() (idle bool) {
		page, err = get(t.Context(), "http://"+metrics.Address("7979/tcp")+"/probe?target=http://filebeat:5066/stats")
		return err == nil && strings.Contains(page, "\nlog_shipper_waiting_events 0\n")
	}, logPatience, 100*time.Millisecond)
	require.Regexp(t, `(?m)^log_shipper_acked_events_total [1-9]`, page)
	require.Regexp(t, `(?m)^log_shipper_failed_events_total \d`, page)
	require.Contains(t, page, "\nlog_shipper_dropped_events_total 0\n")
}

// takesNothingTwice has a Filebeat that remembers nothing read all logs from their beginning.
func (s shipping) takesNothingTwice(t *testing.T) {
	again := startFilebeat(t, "filebeat-again", s.elasticsearch)
	var stats struct {
		Libbeat struct {
			Output struct {
				Events struct{ Acked, Duplicates int }
			}
		}
	}
	require.Eventually(t, func() bool {
		err := ask(t.Context(), "http://"+again.Address("5066/tcp")+"/stats", &stats)
		return err == nil && stats.Libbeat.Output.Events.Duplicates >= 2*manyLines
	}, logPatience, 100*time.Millisecond)
	require.Zero(t, stats.Libbeat.Output.Events.Acked)
}
