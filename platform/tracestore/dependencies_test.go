package tracestore_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/tracestore"
)

// written makes a span of "id parent kind service remote", where - stands for nothing, and "shared" and "error" may follow.
func written(t *testing.T, text string) string {
	t.Helper()
	words := strings.Fields(text)
	span := []string{`"traceId":"1","timestamp":1767225600000000`}
	add := func(format, word string) {
		if word != "-" {
			span = append(span, fmt.Sprintf(format, word))
		}
	}
	for i, format := range []string{
		`"id":"%s"`, `"parentId":"%s"`, `"kind":"%s"`, `"localEndpoint":{"serviceName":"%s"}`, `"remoteEndpoint":{"serviceName":"%s"}`,
	} {
		add(format, words[i])
	}
	for _, flag := range words[5:] {
		switch flag {
		case "shared":
			span = append(span, `"shared":true`)
		case "error":
			span = append(span, `"tags":{"error":""}`)
		default:
			t.Fatalf("flag %q", flag)
		}
	}
	return "{" + strings.Join(span, ",") + "}"
}

func TestDependencies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spans []string
		links string
	}{
		{"a call, told by both sides", []string{
			"1 - SERVER gateway -", "2 1 CLIENT gateway booking", "3 2 SERVER booking -",
		}, "gateway>booking 1"},
		{"a call, told by both sides under one id", []string{
			"1 - SERVER gateway -", "2 1 CLIENT gateway -", "2 1 SERVER booking - shared", "3 2 CLIENT booking sqlite",
		}, "booking>sqlite 1, gateway>booking 1"},
		{"a server that shares and does not say so", []string{"2 - CLIENT gateway -", "2 - SERVER booking -"}, "gateway>booking 1"},
		{"two servers that share one client's span", []string{
			"2 - CLIENT gateway -", "2 - SERVER booking - shared", "2 - SERVER event - shared",
			"3 2 CLIENT booking sqlite", "4 2 CLIENT event bleve",
		}, "booking>sqlite 1, event>bleve 1, gateway>booking 1, gateway>event 1"},
		{"work within a service below the server's half", []string{
			"2 - CLIENT gateway -", "2 - SERVER booking - shared", "3 2 - booking -", "4 3 CLIENT - sqlite",
		}, "booking>sqlite 1, gateway>booking 1"},
		{"a store, told by its client", []string{"1 - SERVER booking -", "2 1 CLIENT booking sqlite", "3 1 CLIENT booking sqlite error"},
			"booking>sqlite 2/1"},
		{"an error that only the client saw", []string{"1 - CLIENT gateway booking error", "2 1 SERVER booking -"}, "gateway>booking 1/1"},
		{"an error above a client that is not this one", []string{
			"1 - CLIENT gateway - error", "2 1 - gateway -", "3 2 SERVER booking -",
		}, "gateway>booking 1"},
		{"a call whose server is missing", []string{"1 - SERVER gateway -", "2 1 - gateway -", "3 2 CLIENT booking sqlite"},
			"booking>sqlite 1, gateway>booking 1"},
		{"a caller who is not known", []string{"1 - SERVER gateway -"}, ""},
		{"a caller who is known", []string{"1 - SERVER gateway browser"}, "browser>gateway 1"},
		{"messages over a broker that is named", []string{"1 - PRODUCER booking nats", "2 1 CONSUMER search nats error"},
			"booking>nats 1, nats>search 1/1"},
		{"messages over a broker that is not", []string{"1 - PRODUCER booking -", "2 1 CONSUMER search -"}, ""},
		{"a span in two pieces", []string{"1 - CLIENT gateway -", "1 - - - booking"}, "gateway>booking 1"},
		{"both sides in one span of no kind", []string{"1 - - gateway booking"}, "gateway>booking 1"},
		{"spans whose root is missing", []string{"2 1 SERVER booking gateway", "3 2 CLIENT booking sqlite"},
			"booking>sqlite 1, gateway>booking 1"},
		{"spans that are each other's parents", []string{"1 2 SERVER booking gateway", "2 1 CLIENT gateway booking"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := newStore(tracestore.Options{})
			var spans []string
			for _, text := range c.spans {
				spans = append([]string{written(t, text)}, spans...) // those that end first come first
			}
			require.Equal(t, http.StatusAccepted, post(store, []byte("["+strings.Join(spans, ",")+"]"), "").Code)
			var links []tracestore.Link
			get(t, store, "/api/v2/dependencies?endTs=1767225600000&lookback=1", &links)
			var told []string
			for _, l := range links {
				text := fmt.Sprintf("%s>%s %d", l.Parent, l.Child, l.CallCount)
				if l.ErrorCount > 0 {
					text += fmt.Sprintf("/%d", l.ErrorCount)
				}
				told = append(told, text)
			}
			require.Equal(t, c.links, strings.Join(told, ", "))
			get(t, store, "/api/v2/dependencies?endTs=1767225599999&lookback=1", &links)
			require.Empty(t, links, "the trace is not in that window")
		})
	}
}
