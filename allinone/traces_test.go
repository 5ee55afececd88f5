package allinone_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
)

// span is one of a trace's, as the gateway shows it to operators.
type span struct {
	ID       string `json:"id"`
	ParentID string `json:"parent_id"`
	Service  string `json:"service"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Failed   bool   `json:"failed"`
}

// send books seats of the demo's first event and returns the answer, whose body is read.
func send(t *testing.T, app *allinone.App, token, key, body string) (*http.Response, string) {
	t.Helper()
	url := app.GatewayURL() + "/api/v1/events/" + app.DemoEvent() + "/bookings"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Idempotency-Key", key)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(answer)
}

// traceOf returns the whole trace of an answer: what it caused is over, and its spans have arrived.
func traceOf(t *testing.T, app *allinone.App, operator string, answer *http.Response) []span {
	t.Helper()
	require.Eventually(t, func() bool { return app.Idle(t.Context()) }, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, app.FlushSpans(t.Context()))
	require.Len(t, answer.Header.Values("Trace-Id"), 1)
	id := answer.Header.Get("Trace-Id")
	require.Regexp(t, "^[0-9a-f]{32}$", id)
	var trace struct {
		TraceID string `json:"trace_id"`
		Spans   []span `json:"spans"`
	}
	require.Equal(t, http.StatusOK, call(t, http.MethodGet, app.GatewayURL()+"/api/v1/operator/traces/"+id, operator, "", &trace))
	require.Equal(t, id, trace.TraceID)
	return trace.Spans
}

// tree draws a trace: a line a span, below the one that caused it, siblings in the order of the alphabet. It fails where
// there is not exactly one root, or a cause is missing.
func tree(t *testing.T, spans []span) string {
	t.Helper()
	below := map[string][]span{}
	known := map[string]bool{"": true}
	for _, s := range spans {
		below[s.ParentID] = append(below[s.ParentID], s)
		known[s.ID] = true
	}
	for _, s := range spans {
		require.True(t, known[s.ParentID], "the cause of %+v is not in %+v", s, spans)
	}
	require.Len(t, below[""], 1, "roots of %+v", spans)
	var draw func(parent, indent string) string
	draw = func(parent, indent string) string {
		var lines []string
		for _, s := range below[parent] {
			lines = append(lines, fmt.Sprintf("%s%s %s %s\n%s", indent, s.Service, strings.ToLower(s.Kind), s.Name, draw(s.ID, indent+"  ")))
		}
		slices.Sort(lines)
		return strings.Join(lines, "")
	}
	return draw("", "")
}

func TestTraceOfABookingLeadsFromTheGatewayToTheLastConsumer(t *testing.T) {
	t.Parallel()
	app := start(t, configure(t, "--demo"))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	customer, operator := signIn(t, app, allinone.DemoCustomer), signIn(t, app, allinone.DemoOperator)
	require.Eventually(t, func() bool { return app.Idle(t.Context()) }, 20*time.Second, 10*time.Millisecond, "the copy of the events is there")

	confirmed, body := send(t, app, customer, "one", `{"seats":2}`)
	require.Equal(t, http.StatusCreated, confirmed.StatusCode, body)
	require.Equal(t, strings.TrimPrefix(`
gateway server post /api/v1/events/{id}/bookings
  gateway client post
    booking server post /api/v1/events/{id}/bookings
      booking client place bookings
      booking producer publish booking.confirmed
        event consumer process booking.confirmed
          event client update events
        search consumer process booking.confirmed
          search client apply documents
`, "\n"), tree(t, traceOf(t, app, operator, confirmed)))

	again, _ := send(t, app, customer, "one", `{"seats":2}`)
	require.Equal(t, http.StatusCreated, again.StatusCode)
	require.NotEqual(t, confirmed.Header.Get("Trace-Id"), again.Header.Get("Trace-Id"), "a repetition is another request")
	require.NotContains(t, tree(t, traceOf(t, app, operator, again)), "publish")

	refused, body := send(t, app, customer, "two", `{"seats":0}`)
	require.Equal(t, http.StatusBadRequest, refused.StatusCode)
	require.Contains(t, body, `"trace_id":"`+refused.Header.Get("Trace-Id")+`"`)
	require.NotEmpty(t, traceOf(t, app, operator, refused))
}

func TestFailedBookingNamesItsTraceToo(t *testing.T) {
	t.Parallel()
	app := start(t, configure(t, "--demo"))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	customer, operator := signIn(t, app, allinone.DemoCustomer), signIn(t, app, allinone.DemoOperator)
	require.NoError(t, app.StopService(t.Context(), "booking"))
	failed, body := send(t, app, customer, "one", `{"seats":2}`)
	require.Equal(t, http.StatusServiceUnavailable, failed.StatusCode)
	require.Contains(t, body, `"trace_id":"`+failed.Header.Get("Trace-Id")+`"`)
	spans := traceOf(t, app, operator, failed)
	require.Equal(t, "gateway server post /api/v1/events/{id}/bookings\n  gateway client post\n", tree(t, spans))
	require.True(t, spans[0].Failed)
	require.True(t, spans[1].Failed)
}

func TestStoppedServiceIsDownInTheHealthOfAll(t *testing.T) {
	t.Parallel()
	app := start(t, configure(t, "--demo"))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	operator := signIn(t, app, allinone.DemoOperator)
	type service struct {
		Name, Status, Version string
		Dependencies          []struct{ Name, Status string }
	}
	var all struct {
		Status   string
		Services []service
	}
	ask := func() map[string]service {
		require.Equal(t, http.StatusOK, call(t, http.MethodGet, app.GatewayURL()+"/api/v1/operator/health", operator, "", &all))
		found := map[string]service{}
		for _, s := range all.Services {
			found[s.Name] = s
		}
		return found
	}
	found := ask()
	require.Equal(t, "ok", all.Status, all)
	require.Len(t, found, 5)
	require.NotEmpty(t, found["booking"].Version)
	var names []string
	for _, d := range found["booking"].Dependencies {
		names = append(names, d.Name)
	}
	require.Equal(t, []string{"booking.keys", "booking.store", "broker"}, names)

	require.NoError(t, app.StopService(t.Context(), "search"))
	found = ask()
	require.Equal(t, "failing", all.Status)
	require.Equal(t, "down", found["search"].Status)
	require.Equal(t, "ok", found["event"].Status)
}

func TestAdminPortSpeaksZipkin(t *testing.T) {
	t.Parallel()
	app := start(t, configure(t))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	url := app.AdminURL()
	body := `[{"traceId":"abc","id":"1","name":"Told","localEndpoint":{"serviceName":"other"}}]`
	require.Equal(t, http.StatusUnauthorized, call(t, http.MethodPost, url+"/api/v2/spans", "", body, nil), "who reads may not write")
	require.Equal(t, http.StatusAccepted, call(t, http.MethodPost, url+"/api/v2/spans", app.AdminToken().Reveal(), body, nil))
	var spans []struct{ Name string }
	require.Equal(t, http.StatusOK, call(t, http.MethodGet, url+"/api/v2/trace/abc", "", "", &spans))
	require.Equal(t, "told", spans[0].Name)
	require.Equal(t, http.StatusNotFound, call(t, http.MethodGet, url+"/api/v2/trace/abd", "", "", nil))
	var services []string
	require.Equal(t, http.StatusOK, call(t, http.MethodGet, url+"/api/v2/services", "", "", &services))
	require.Contains(t, services, "other")
	require.Equal(t, http.StatusOK, call(t, http.MethodGet, url+"/health", "", "", nil))
}

func TestTracesThatGoElsewhereAreNotKeptHere(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"nowhere":        {"--otel-traces-exporter", "none"},
		"to a collector": {"--otel-exporter-otlp-endpoint", "http://127.0.0.1:1"},
		"to a Zipkin":    {"--otel-exporter-zipkin-endpoint", "http://127.0.0.1:1/api/v2/spans"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := start(t, configure(t, append(args, "--demo", "--otel-bsp-export-timeout", "100")...))
			defer func() { _ = app.Stop(t.Context()) }() // nobody is there to take the last spans
			require.Equal(t, http.StatusNotFound, call(t, http.MethodGet, app.AdminURL()+"/api/v2/services", "", "", nil))
			var problem struct{ Code string }
			status := call(t, http.MethodGet, app.GatewayURL()+"/api/v1/operator/traces", signIn(t, app, allinone.DemoOperator), "", &problem)
			require.Equal(t, http.StatusServiceUnavailable, status)
			want := "traces-not-kept"
			if name == "to a Zipkin" {
				want = "unavailable"
			}
			require.Equal(t, want, problem.Code)
		})
	}
}
