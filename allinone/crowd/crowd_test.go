package crowd_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/allinone/crowd"
	"github.com/myevents/myevents/platform/config"
)

// operator is who signs up first.
func operator() crowd.Account {
	return crowd.Account{Email: "operator@example.com", Password: "the password of the operator"}
}

// platform starts one with these flags.
func platform(t *testing.T, args ...string) *allinone.App {
	t.Helper()
	var c allinone.Config
	args = append(args, "--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0", "--password-cost=4", "--bootstrap-operator="+operator().Email)
	require.NoError(t, config.Parse("test", "", &c, args, func(string) string { return "" }, io.Discard))
	app, err := allinone.New(c, allinone.Options{Logs: io.Discard})
	require.NoError(t, err)
	require.NoError(t, app.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, app.Stop(context.WithoutCancel(t.Context()))) })
	return app
}

// visitors are a small crowd that comes for a moment.
func visitors(url string, out io.Writer) crowd.Options {
	return crowd.Options{URL: url, Rate: 100, Duration: 3 * time.Second, People: 8, Seed: 1, Every: time.Second, Out: out}
}

// metrics returns the page of metrics, or why there is none.
func metrics(ctx context.Context, app *allinone.App) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, app.AdminURL()+"/metrics", http.NoBody)
	if err != nil {
		return err.Error()
	}
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(page)
}

func TestEverybodyGetsWhatTheyCameForAndTheAuditFindsIt(t *testing.T) {
	t.Parallel()
	app := platform(t)
	var out strings.Builder
	o := visitors(app.GatewayURL(), &out)
	o.Operator, o.Duration = operator(), 0
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- crowd.Run(ctx, o) }()
	t.Cleanup(stop)
	for what, series := range map[string]string{
		"seats are sold":         `myevents_bookings_total\{outcome="confirmed",service="booking"\} [1-9]`,
		"bookings are cancelled": `myevents_bookings_total\{outcome="cancelled",service="booking"\} [1-9]`,
		"the small hall is sold": `myevents_bookings_total\{outcome="rejected",service="booking"\} [1-9]`,
		"events are changed":     `messaging_process_duration_seconds_count\{.*"success",service="booking",type="event.changed"\} [1-9]`,
		"sessions are revoked":   `messaging_process_duration_seconds_count\{.*"success",service="gateway",type="session.revoked"\} [1-9]`,
		"pages are not modified": `http_response_status_code="304",http_route="/api/v1/events",service="gateway"\} [1-9]`,
	} {
		wanted := regexp.MustCompile(series)
		require.Eventually(t, func() bool { return wanted.MatchString(metrics(t.Context(), app)) }, time.Minute, 100*time.Millisecond, what)
	}
	stop()
	require.NoError(t, <-ended)
	require.Regexp(t, `(?m)^in \d+s \d+ requests: .* booked [1-9]\d* .* errors none `, out.String())
	require.Regexp(t, `(?m)^audit: all \d+ bookings and events are as they were answered$`, out.String())
}

func TestWithoutAnOperatorPeopleBuyWhatIsThere(t *testing.T) {
	t.Parallel()
	app := platform(t, "--demo")
	ctx, stop := context.WithCancel(t.Context())
	out := &stopper{when: regexp.MustCompile(`booked [1-9]`), stop: stop}
	o := visitors(app.GatewayURL(), out)
	o.Duration, o.Every = time.Minute, 500*time.Millisecond
	require.NoError(t, crowd.Run(ctx, o))
	require.Regexp(t, out.when, out.String())
}

func TestWithAnOperatorOthersEventsAreLeftAlone(t *testing.T) {
	t.Parallel()
	app := platform(t, "--demo")
	before := seatsLeft(t, app)
	require.NotEmpty(t, before)
	var out strings.Builder
	o := visitors(app.GatewayURL(), &out)
	o.Operator = operator()
	require.NoError(t, crowd.Run(t.Context(), o))
	require.Regexp(t, `booked [1-9]\d`, out.String())
	after := seatsLeft(t, app)
	for id, seats := range before {
		require.Equal(t, seats, after[id], id)
	}
}

// seatsLeft returns the seats left of all that is on sale, by the event's id.
func seatsLeft(t *testing.T, app *allinone.App) map[string]int {
	t.Helper()
	var page struct {
		Items []struct {
			ID        string `json:"id"`
			SeatsLeft int    `json:"seats_left"`
		} `json:"items"`
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.GatewayURL()+"/api/v1/events?limit=100", http.NoBody)
	require.NoError(t, err)
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, res.Body.Close()) }()
	require.NoError(t, json.NewDecoder(res.Body).Decode(&page))
	left := map[string]int{}
	for _, e := range page.Items {
		left[e.ID] = e.SeatsLeft
	}
	return left
}

func TestNobodyComesWhereNothingIsOnSale(t *testing.T) {
	t.Parallel()
	app := platform(t)
	err := crowd.Run(t.Context(), visitors(app.GatewayURL(), io.Discard))
	require.ErrorContains(t, err, "nothing is on sale")
}

func TestACrowdThatIsStoppedAuditsToo(t *testing.T) {
	t.Parallel()
	app := platform(t, "--demo")
	ctx, stop := context.WithCancel(t.Context())
	out := &stopper{when: regexp.MustCompile("p50"), stop: stop}
	o := visitors(app.GatewayURL(), out)
	o.Duration, o.Every = 0, 500*time.Millisecond
	require.NoError(t, crowd.Run(ctx, o))
	require.Contains(t, out.String(), "audit: all ")
}

// stopper calls stop when something is written that it waits for.
type stopper struct {
	strings.Builder
	when *regexp.Regexp
	stop func()
}

func (s *stopper) Write(p []byte) (int, error) {
	if s.when.Match(p) {
		s.stop()
	}
	return s.Builder.Write(p)
}

func TestAnOperatorWithAnotherPasswordIsNamed(t *testing.T) {
	t.Parallel()
	app := platform(t)
	o := visitors(app.GatewayURL(), io.Discard)
	o.Operator, o.Duration = operator(), time.Millisecond
	require.NoError(t, crowd.Run(t.Context(), o))
	o.Operator.Password = "not the operator's"
	err := crowd.Run(t.Context(), o)
	require.ErrorContains(t, err, "the operator exists, with another password")
	require.NotContains(t, err.Error(), o.Operator.Password)
}
