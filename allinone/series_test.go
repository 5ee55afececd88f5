package allinone_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone"
	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/messaging"
)

// mostSeries is how many series an idle service may have, those of its process included.
const mostSeries = 600

func TestIdleServicesHaveFewSeries(t *testing.T) {
	t.Parallel()
	app := start(t, configure(t))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	samples, _ := series(scrape(t, app, ""))
	services := map[string]int{}
	for _, s := range samples {
		services[s.labels["service"]]++
	}
	require.Len(t, services, 6, "five services and their process")
	for service, n := range services {
		if service != "" {
			require.Less(t, n+services[""], mostSeries, service)
		}
	}
}

// TestSeriesDoNotGrowWithWhatIsSold books across 10,000 events, asks for paths that do not exist, and finds the series it
// had after the first of each.
func TestSeriesDoNotGrowWithWhatIsSold(t *testing.T) {
	if testing.Short() {
		t.Skip("it books 10,000 times")
	}
	t.Parallel()
	const events = 10_000
	app := start(t, configure(t, "--demo", "--seats-left-count=5", "--audit-interval=50ms", "--rate-limit=0", "--otel-traces-exporter=none"))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	// They only follow, and what they would have to do takes longer than all the rest.
	require.NoError(t, errors.Join(app.StopService(t.Context(), "event"), app.StopService(t.Context(), "search")))
	shop := &shop{t: t, app: app, token: signIn(t, app, allinone.DemoCustomer)}
	shop.announce(events)
	shop.visit(0, 20) // every series there can be, and more events than have one of their own
	before := shop.series()
	shop.visit(20, events)
	require.Equal(t, before, shop.series())
}

type shop struct {
	t     *testing.T
	app   *allinone.App
	token string
}

// announce publishes events that the event service would have created.
func (s *shop) announce(events int) {
	s.t.Helper()
	starts := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	messages := make([]*message.Message, events)
	for i := range messages {
		id := fmt.Sprintf("e-%d", i)
		e, err := cloudevent.New(id, "/event", contracts.EventCreated, id, starts, contracts.Event{
			ID: id, Version: 1, OrganizerID: "o", Name: "Night", StartsAt: starts, EndsAt: starts.Add(time.Hour), LocationID: "l",
			LocationName: "Barn", Country: "DE", Hall: "Floor", Capacity: 10, Price: contracts.Money{Amount: 100, Currency: "EUR"},
			Status: contracts.EventScheduled,
		})
		require.NoError(s.t, err)
		document, err := e.Encode()
		require.NoError(s.t, err)
		messages[i] = message.NewMessage(id, document)
		messages[i].Metadata.Set(messaging.MetadataSubject, id)
	}
	require.NoError(s.t, s.app.Broker().Publisher().Publish(contracts.TopicEvent, messages...))
	s.settle()
}

// visitors are at the shop at the same time.
const visitors = 200

// visit books a seat of each event from one to another, and now and then asks for a path nobody has thought of.
func (s *shop) visit(from, to int) {
	s.t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: visitors}}
	defer client.CloseIdleConnections()
	var next, failures atomic.Int64
	next.Store(int64(from))
	var all sync.WaitGroup
	for range visitors {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(to); i = next.Add(1) - 1 {
				err := s.call(client, http.MethodPost, fmt.Sprintf("/api/v1/events/e-%d/bookings", i), http.StatusCreated)
				if i%10 == 0 {
					path := fmt.Sprintf("/%x/%x", rand.Uint64(), rand.Uint64())
					err = errors.Join(err, s.call(client, http.MethodGet, path, http.StatusNotFound))
				}
				if err != nil && failures.Add(1) == 1 {
					s.t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.Zero(s.t, failures.Load())
	s.settle()
}

func (s *shop) call(client *http.Client, method, path string, want int) error {
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.app.GatewayURL()+path, strings.NewReader(`{"seats":1}`))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", path)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
	return err
}

func (s *shop) settle() {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.app.Idle(s.t.Context()) }, time.Minute, 10*time.Millisecond)
}

// series returns how many series each metric has, once the seats left are up to date.
func (s *shop) series() map[string]int {
	s.t.Helper()
	var count map[string]int
	require.Eventually(s.t, func() bool {
		count = map[string]int{}
		samples, _ := series(scrape(s.t, s.app, ""))
		for _, one := range samples {
			count[one.family]++
		}
		return count["myevents_seats_left"] == 6
	}, 30*time.Second, 100*time.Millisecond)
	return count
}
