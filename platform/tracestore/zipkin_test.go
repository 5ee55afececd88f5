package tracestore_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/tracestore"
)

// zipkin is where a real Zipkin listens that has stored nothing yet. Its answers replace those in testdata:
//
//	go test ./platform/tracestore -run TestAnswersAreZipkins -zipkin http://127.0.0.1:9411
var zipkin = flag.String("zipkin", "", "base URL of the Zipkin whose answers are recorded")

const recorded = "testdata/zipkin.json"

// round is what a Zipkin was told, and what it answered then.
type round struct {
	Spans     json.RawMessage `json:"spans"`
	Questions []question      `json:"questions"`
}

type question struct {
	Ask    string `json:"ask"`
	Status int    `json:"status"`
	Answer any    `json:"answer,omitempty"`
}

func TestAnswersAreZipkins(t *testing.T) {
	t.Parallel()
	if *zipkin != "" {
		record(t, *zipkin)
	}
	text, err := os.ReadFile(recorded)
	require.NoError(t, err)
	var rounds []round
	require.NoError(t, json.Unmarshal(text, &rounds))
	for i, r := range rounds {
		t.Run(fmt.Sprint("round ", i), func(t *testing.T) {
			t.Parallel()
			store := httptest.NewServer(tracestore.New(tracestore.Options{}).Handler())
			defer store.Close()
			tell(t, store.URL, r.Spans)
			for _, q := range r.Questions {
				require.Equal(t, q, ask(t, store.URL, q.Ask), "told: %s", r.Spans)
			}
		})
	}
}

func record(t *testing.T, base string) {
	t.Helper()
	rounds := make([]round, 25)
	for i := range rounds {
		g := generator{
			Rand: rand.New(rand.NewPCG(2026, uint64(i))), begin: 1767225600_000_000 + int64(i)*7200_000_000, prefix: fmt.Sprintf("r%d-", i),
		}
		spans, questions := g.spans(), []question(nil)
		body, err := json.Marshal(spans)
		require.NoError(t, err)
		tell(t, base, body)
		require.Eventually(t, func() bool { // Zipkin stores after it has answered
			return ask(t, base, fmt.Sprint("/api/v2/trace/", spans[len(spans)-1]["traceId"])).Status == http.StatusOK
		}, 10*time.Second, time.Millisecond)
		for _, path := range g.questions(spans) {
			questions = append(questions, ask(t, base, path))
		}
		rounds[i] = round{Spans: body, Questions: questions}
	}
	text, err := json.Marshal(rounds)
	require.NoError(t, err)
	text = bytes.ReplaceAll(text, []byte(`{"spans"`), []byte("\n{\"spans\"")) // a line a round
	require.NoError(t, os.WriteFile(recorded, append(text, '\n'), 0o600))
}

func tell(t *testing.T, base string, spans []byte) {
	t.Helper()
	res, err := http.DefaultClient.Post(base+"/api/v2/spans", "application/json", bytes.NewReader(spans))
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusAccepted, res.StatusCode)
}

// ask returns the answer without what has no meaning: the order of a trace's spans and of links, and the words of errors.
// Of the traces a search finds it keeps the ids only.
func ask(t *testing.T, base, path string) question {
	t.Helper()
	res, err := http.Get(base + path)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	q := question{Ask: path, Status: res.StatusCode}
	if res.StatusCode != http.StatusOK {
		return q
	}
	var answer []any
	require.NoError(t, json.Unmarshal(body, &answer), string(body))
	if strings.HasPrefix(path, "/api/v2/traces") {
		for i, trace := range answer {
			answer[i] = trace.([]any)[0].(map[string]any)["traceId"]
		}
	} else {
		slices.SortFunc(answer, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	q.Answer = answer
	return q
}

type object map[string]any

// generator makes up spans of few ids and services, so that all that can go wrong between clients does.
type generator struct {
	*rand.Rand
	begin  int64
	prefix string
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) spans() (spans []object) {
	for n := 2 + g.IntN(4); n > 0; n-- {
		id := fmt.Sprintf("%016x", g.Uint64())
		if g.IntN(2) == 0 {
			id = fmt.Sprintf("%016x", g.Uint64()) + id
		}
		wild := g.IntN(2) == 0
		for i := range 1 + g.IntN(8) {
			span := g.tidy(i)
			if wild {
				span = g.wild()
			}
			span["traceId"] = id
			span["timestamp"] = g.begin + g.Int64N(3000)*1_000_000 + int64(len(spans))*1000
			spans = append(spans, span)
			if g.IntN(20) == 0 {
				spans = append(spans, span) // sent twice
			}
		}
	}
	return spans
}

// tidy is one of the spans that a client on OpenTelemetry sends.
func (g *generator) tidy(i int) object {
	span := object{"id": fmt.Sprintf("%016x", i+1), "duration": 1 + g.IntN(5000), "localEndpoint": g.endpoint()}
	if i > 0 {
		span["parentId"] = fmt.Sprintf("%016x", 1+g.IntN(i))
	}
	if kind := pick(g, "", "CLIENT", "SERVER", "PRODUCER", "CONSUMER"); kind != "" {
		span["kind"] = kind
	}
	g.decorate(span)
	return span
}

// wild is a span of a client that does what it wants.
func (g *generator) wild() object {
	span := object{"id": pick(g, "1", "2", "3", "4")}
	if parent := pick(g, "", "1", "2", "3", "5"); parent != "" {
		span["parentId"] = parent
	}
	if kind := pick(g, "", "CLIENT", "CLIENT", "SERVER", "SERVER", "PRODUCER", "CONSUMER"); kind != "" {
		span["kind"] = kind
	}
	if g.IntN(3) > 0 {
		span["localEndpoint"] = g.endpoint()
	}
	if span["kind"] == "SERVER" && g.IntN(2) == 0 {
		span["shared"] = true
	}
	g.decorate(span)
	return span
}

func (g *generator) decorate(span object) {
	if g.IntN(2) == 0 {
		span["remoteEndpoint"] = g.endpoint()
	}
	if g.IntN(4) > 0 {
		span["name"] = pick(g, "GET", "get /a", "Publish")
	}
	if g.IntN(3) == 0 {
		span["tags"] = map[string]string{pick(g, "error", "http.route"): pick(g, "", "/a", "true")}
	}
	if g.IntN(4) == 0 {
		span["annotations"] = []object{{"timestamp": span["timestamp"], "value": pick(g, "error", "retry")}}
		if span["timestamp"] == nil {
			span["annotations"] = []object{{"timestamp": g.begin, "value": pick(g, "error", "retry")}}
		}
	}
}

func (g *generator) endpoint() object {
	e := object{}
	if name := pick(g, "", "A", "b", "c"); name != "" {
		e["serviceName"] = g.prefix + name
	}
	if ip := pick(g, "", "", "10.0.0.1", "10.0.0.2"); ip != "" {
		e["ipv4"] = ip
	}
	if g.IntN(4) == 0 {
		e["ipv6"] = "2001:db8::c001"
	}
	if g.IntN(4) == 0 {
		e["port"] = pick(g, 80, 8080)
	}
	return e
}

func (g *generator) questions(spans []object) []string {
	end := g.begin/1000 + 3_590_000
	paths := []string{
		fmt.Sprintf("/api/v2/dependencies?endTs=%d&lookback=3600000", end),
		fmt.Sprintf("/api/v2/dependencies?endTs=%d&lookback=1500000", end),
		"/api/v2/spans?serviceName=" + g.prefix + "A",
		"/api/v2/remoteServices?serviceName=" + g.prefix + "b",
		fmt.Sprint("/api/v2/trace/", spans[0]["traceId"]),
		"/api/v2/trace/123456789abcdef",
	}
	for range 12 {
		paths = append(paths, fmt.Sprintf("/api/v2/traces?%s&endTs=%d", g.search().Encode(), end-g.Int64N(2)*1_500_000))
	}
	return paths
}

func (g *generator) search() url.Values {
	q := url.Values{"lookback": {pick(g, "3600000", "1200000")}}
	optional := func(name string, values ...string) {
		if g.IntN(3) == 0 {
			q.Set(name, pick(g, values...))
		}
	}
	optional("limit", "1", "2", "0")
	optional("serviceName", g.prefix+"a", g.prefix+"B", g.prefix+"none")
	optional("remoteServiceName", g.prefix+"a", g.prefix+"C")
	optional("spanName", "get", "GET /a", "all", "publish")
	optional("annotationQuery", "error", "error=true", "http.route=/a", "error and http.route", "retry", " error = and retry ",
		"error=x and error")
	optional("minDuration", "1", "1000", "3000")
	optional("maxDuration", "2000", "500")
	return q
}
