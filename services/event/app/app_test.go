package app_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/cloudevent"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/ids"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/embedded"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/event/app"
)

// service is a running event service with a broker of its own.
type service struct {
	*app.App
	t    *testing.T
	env  *process.Env
	logs *telemetrytest.Output
}

// start starts the service on an empty directory.
func start(t *testing.T) *service {
	s := &service{t: t, logs: &telemetrytest.Output{}}
	s.env = newEnv(t, s.logs)
	var err error
	s.App, err = app.New(t.Context(), app.Config{Store: "sqlite:" + filepath.Join(t.TempDir(), "event.db")}, s.env)
	require.NoError(t, err)
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, s.Stop(context.Background()))
		require.NoError(t, s.Stop(context.Background()), "again")
	})
	return s
}

// newEnv returns what a process gives the service, with a broker of its own.
func newEnv(t *testing.T, logs io.Writer) *process.Env {
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	broker, err := server.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, broker.Close())
		server.Stop()
	})
	tel, err := telemetry.New(telemetry.Options{Service: "event", Logs: logs, Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	return &process.Env{
		Telemetry: tel, Broker: broker, Admin: http.NewServeMux(), Health: health.New(), Clock: time.Now, NewID: ids.New,
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

// call sends a request as a user: "" is nobody, "anna" and "bert" are organizers, everybody else is a customer.
func (s *service) call(user, method, path, body string, headers ...string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if user != "" {
		p := auth.Principal{UserID: user, Roles: []string{auth.RoleCustomer}}
		if user == "anna" || user == "bert" {
			p.Roles = append(p.Roles, auth.RoleOrganizer)
		}
		r = r.WithContext(auth.WithPrincipal(r.Context(), p))
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), body: w.Body.String()}
	if w.Body.Len() > 0 {
		require.NoError(s.t, json.Unmarshal(w.Body.Bytes(), &a.json), a.body)
	}
	return a
}

// must is call for what has to succeed.
func (s *service) must(status int, user, method, path, body string) map[string]any {
	s.t.Helper()
	a := s.call(user, method, path, body)
	require.Equal(s.t, status, a.status, a.body)
	return a.json
}

const (
	locations = "/api/v1/locations"
	events    = "/api/v1/events"
	brewery   = `{"name":"Old Brewery","address":"Malzgasse 3","country":"DE","halls":[{"name":"Great Hall","capacity":500}]}`
)

// jazz is an event of tomorrow; more is JSON that comes on top, or instead.
func jazz(locationID, more string) string {
	tomorrow := time.Now().Add(24 * time.Hour)
	fields := map[string]any{
		"name": "Jazz night", "location_id": locationID, "hall": "Great Hall", "price": map[string]any{"amount": 4500, "currency": "EUR"},
		"starts_at": tomorrow, "ends_at": tomorrow.Add(time.Hour),
	}
	if err := json.Unmarshal([]byte(more), &fields); err != nil {
		panic(err)
	}
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(body)
}

// location returns the id of a new location of Anna's.
func (s *service) location() string {
	return s.must(http.StatusCreated, "anna", http.MethodPost, locations, brewery)["id"].(string)
}

// event returns a new event of Anna's.
func (s *service) event() map[string]any {
	return s.must(http.StatusCreated, "anna", http.MethodPost, events, jazz(s.location(), `{}`))
}

// publish sends a message as another service would.
func (s *service) publish(topic, typ, subject string, data any) {
	e, err := cloudevent.New(ids.New(), "/booking", typ, subject, time.Now(), data)
	require.NoError(s.t, err)
	payload, err := e.Encode()
	require.NoError(s.t, err)
	m := message.NewMessage(e.ID, payload)
	m.Metadata.Set(messaging.MetadataSubject, subject)
	require.NoError(s.t, s.env.Broker.Publisher().Publish(topic, m))
}

func (s *service) publishSeats(eventID string, version int64, taken int) {
	s.publish(contracts.TopicBooking, contracts.BookingConfirmed, eventID, contracts.Booking{
		ID: ids.New(), EventID: eventID, Inventory: contracts.Inventory{Version: version, SeatsTaken: taken},
	})
}

// eventually polls in the test's own goroutine: conditions may use require.
func (s *service) eventually(condition func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !condition() {
		require.True(s.t, time.Now().Before(deadline), "waited for too long")
		<-time.After(5 * time.Millisecond)
	}
}

func TestBookingsMoveTheSeatsOfAnEvent(t *testing.T) {
	t.Parallel()
	s := start(t)
	id := s.event()["id"].(string)
	left := func() any { return s.must(http.StatusOK, "", http.MethodGet, events+"/"+id, "")["seats_left"] }
	listed := func() any {
		return s.must(http.StatusOK, "", http.MethodGet, events, "")["items"].([]any)[0].(map[string]any)["seats_left"]
	}
	require.EqualValues(t, 500, listed(), "the page is cached")

	s.publishSeats(id, 2, 30)
	s.publishSeats(id, 1, 10) // late
	s.publish(contracts.TopicBooking, contracts.BookingRejected, id, contracts.Booking{EventID: id})
	s.eventually(func() bool { return left() == 470.0 && listed() == 470.0 })
	s.publish(contracts.TopicBooking, contracts.BookingCancelled, id,
		contracts.Booking{EventID: id, Inventory: contracts.Inventory{Version: 3, SeatsTaken: 600}})
	s.eventually(func() bool { return left() == 0.0 && listed() == 0.0 })
	s.eventually(func() bool { return s.Idle(t.Context()) })
}

func TestSeatsMayComeBeforeTheirEvent(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.publishSeats("early", 1, 7)
	loc := event.KnownLocation{ID: "here", OrganizerID: "anna", NewLocation: event.NewLocation{
		Name: "Old Brewery", Address: "Malzgasse 3", Country: "DE", Halls: []contracts.Hall{{Name: "Great Hall", Capacity: 500}},
	}}
	e := event.KnownEvent{ID: "early", OrganizerID: "anna", NewEvent: event.NewEvent{
		Name: "Jazz night", StartsAt: time.Now().Add(time.Hour), EndsAt: time.Now().Add(2 * time.Hour), LocationID: "here", Hall: "Great Hall",
		Price: contracts.Money{Amount: 1, Currency: "EUR"},
	}}
	require.NoError(t, s.Import(t.Context(), []event.KnownLocation{loc}, []event.KnownEvent{e}))
	s.eventually(func() bool {
		return s.must(http.StatusOK, "", http.MethodGet, events+"/early", "")["seats_left"] == 493.0
	})
}

func TestMessageThatMakesNoSenseIsParkedForAnOperator(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.publish(contracts.TopicBooking, contracts.BookingConfirmed, "x", contracts.Booking{})
	s.eventually(func() bool {
		w := httptest.NewRecorder()
		s.env.Admin.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/admin/event/dead-letters", http.NoBody))
		return w.Code == http.StatusOK && strings.Contains(w.Body.String(), "booking.confirmed")
	})
}

func TestNewsRenewThePages(t *testing.T) {
	t.Parallel()
	s := start(t)
	id := s.event()["id"].(string)
	version := int64(0)
	for name, news := range map[string]func(){
		"a commit of another instance": func() {
			s.publish(contracts.TopicEvent, contracts.EventChanged, "x", contracts.Event{ID: "x"})
		},
		"seats": func() {
			version++
			s.publishSeats(id, version, 1)
		},
	} {
		t.Run(name, func(*testing.T) {
			s.eventually(func() bool { return s.renewsPage(news) })
		})
	}
}

// renewsPage reports whether a page was encoded anew because of the news. After a second it is in any case: only what
// comes before tells.
func (s *service) renewsPage(news func()) bool {
	before := s.pagesEncoded()
	s.call("", http.MethodGet, events, "")
	encoded, now := time.Now(), s.pagesEncoded()
	if now == before {
		return false // an older page: its second may be over too soon
	}
	news()
	for s.pagesEncoded() == now {
		if time.Since(encoded) > 900*time.Millisecond {
			return false
		}
		s.call("", http.MethodGet, events, "")
	}
	return true
}

// pagesEncoded counts the reads of the events table, one for each page that was encoded.
func (s *service) pagesEncoded() uint64 {
	families, err := s.env.Telemetry.Registry.Gather()
	require.NoError(s.t, err)
	var n uint64
	for _, f := range families {
		if f.GetName() == "db_client_operation_duration_seconds" {
			for _, m := range f.GetMetric() {
				for _, l := range m.GetLabel() {
					if l.GetValue() == "select" {
						n += m.GetHistogram().GetSampleCount()
					}
				}
			}
		}
	}
	return n
}

func TestEverythingIsAnnouncedAndServedToReplayingPeers(t *testing.T) {
	t.Parallel()
	s := start(t)
	other, err := s.env.Broker.Subscriber("other")
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	published, err := other.Subscribe(t.Context(), contracts.TopicEvent)
	require.NoError(t, err)
	id := s.event()["id"].(string)

	select {
	case batch := <-published:
		for _, d := range batch {
			d.Ack()
		}
		e, err := cloudevent.Decode(batch[0].Payload())
		require.NoError(t, err)
		var data contracts.Event
		require.NoError(t, json.Unmarshal(e.Data, &data))
		require.Equal(t, contracts.EventCreated, e.Type)
		require.Equal(t, id, e.Subject)
		require.Equal(t, "Old Brewery", data.LocationName)
	case <-time.After(10 * time.Second):
		t.Fatal("event.created was not published")
	}
	w := httptest.NewRecorder()
	s.env.Admin.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/admin/event/outbox", http.NoBody))
	require.Equal(t, http.StatusOK, w.Code)
	require.Contains(t, w.Body.String(), `"type":"location.created"`)
	require.Contains(t, w.Body.String(), `"type":"event.created"`)
}

func TestStoreIsNamedByURL(t *testing.T) {
	t.Parallel()
	for store, problem := range map[string]string{
		"postgres://localhost": "must be sqlite", "event.db": "must be sqlite", "sqlite:": "a path must be given", "": "must be sqlite",
	} {
		_, err := app.New(t.Context(), app.Config{Store: store}, &process.Env{})
		require.ErrorContains(t, err, problem, store)
	}
}

func TestNewLeavesNothingOpenWhereItFails(t *testing.T) {
	t.Parallel()
	path := "sqlite:" + filepath.Join(t.TempDir(), "event.db")
	held, err := app.New(t.Context(), app.Config{Store: path}, newEnv(t, io.Discard))
	require.NoError(t, err)
	_, err = app.New(t.Context(), app.Config{Store: path}, newEnv(t, io.Discard))
	require.ErrorContains(t, err, "event", "the file is held by the first")
	require.NoError(t, held.Stop(t.Context()))
	again, err := app.New(t.Context(), app.Config{Store: path}, newEnv(t, io.Discard))
	require.NoError(t, err)
	require.NoError(t, again.Stop(t.Context()), "never started")
}

func TestDocumentIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	document := string(app.Document())
	require.Equal(t, document, string(app.Document()))
	require.Contains(t, document, `"operationId": "list-events"`)
}

var _ process.Service = (*app.App)(nil)
