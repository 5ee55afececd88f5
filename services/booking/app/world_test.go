package app_test

import (
	"context"
	"encoding/json"
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
	"github.com/myevents/myevents/platform/outbox"
	outboxsqlite "github.com/myevents/myevents/platform/outbox/sqlite"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/sqlite"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/telemetrytest"
	"github.com/myevents/myevents/services/booking/app"
)

// world is a running booking service with what surrounds it: a broker, and the event service's outbox.
type world struct {
	*app.App
	t        *testing.T
	config   app.Config
	env      *process.Env
	logs     *telemetrytest.Output
	registry *prometheus.Registry
	broker   messaging.Broker
	events   *sqlite.DB
}

func start(t *testing.T) *world {
	t.Helper()
	w := surroundings(t)
	var err error
	w.App, err = app.New(t.Context(), w.config, w.env)
	require.NoError(t, err)
	require.NoError(t, w.Start(t.Context()))
	t.Cleanup(func() {
		require.NoError(t, w.Stop(context.Background()))
		require.NoError(t, w.Stop(context.Background()), "again")
	})
	return w
}

func surroundings(t *testing.T) *world {
	t.Helper()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	broker, err := server.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Close()) })

	dir := t.TempDir()
	events, err := sqlite.Open(t.Context(), sqlite.Options{
		Path: filepath.Join(dir, "event.db"), Service: "event", Schema: outboxsqlite.Schema,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, events.Close()) })
	peer := httptest.NewServer(http.StripPrefix("/admin/event/outbox", outbox.Feed(outboxsqlite.NewLog(events))))
	t.Cleanup(peer.Close)

	w := &world{
		t: t, logs: &telemetrytest.Output{}, registry: prometheus.NewRegistry(), broker: broker, events: events,
		config: app.Config{
			Store: "sqlite:" + filepath.Join(dir, "booking.db"),
			Watch: app.Watch{SeatsLeftCount: 1, AuditInterval: 10 * time.Millisecond},
		},
	}
	speech, err := telemetry.New(telemetry.Options{Service: "booking", Logs: w.logs, Registry: w.registry})
	require.NoError(t, err)
	w.env = &process.Env{
		Telemetry: speech, Broker: broker, Admin: http.NewServeMux(), Health: health.New(), Clock: time.Now, NewID: ids.New,
		AdminPeer: func(string) process.Peer { return process.Peer{URL: peer.URL, Client: peer.Client()} },
	}
	return w
}

// offer publishes an event as the event service would and waits until it can be booked.
func (w *world) offer(e contracts.Event) {
	w.t.Helper()
	w.record(e)
	w.publish(contracts.EventCreated, e.ID, e)
	w.settle()
}

// record puts the event into the event service's outbox only.
func (w *world) record(e contracts.Event) {
	w.t.Helper()
	m, err := cloudevent.New(ids.New(), "/event", contracts.EventChanged, e.ID, time.Now(), e)
	require.NoError(w.t, err)
	require.NoError(w.t, w.events.Write(w.t.Context(), func(tx *sqlite.Tx) error {
		return outboxsqlite.NewLog(w.events).Append(tx, contracts.TopicEvent, m)
	}))
}

func (w *world) publish(typ, subject string, data any) {
	w.t.Helper()
	e, err := cloudevent.New(ids.New(), "/event", typ, subject, time.Now(), data)
	require.NoError(w.t, err)
	payload, err := e.Encode()
	require.NoError(w.t, err)
	m := message.NewMessage(e.ID, payload)
	m.Metadata.Set(messaging.MetadataSubject, subject)
	require.NoError(w.t, w.broker.Publisher().Publish(contracts.TopicEvent, m))
}

// settle waits until everything is published and processed.
func (w *world) settle() {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.Idle(context.Background()) }, 20*time.Second, time.Millisecond)
}

// jazz is version 1 of an event of tomorrow.
func jazz(id string, capacity int) contracts.Event {
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	return contracts.Event{
		ID: id, Version: 1, Name: "Jazz night", OrganizerID: "org", StartsAt: tomorrow, EndsAt: tomorrow.Add(time.Hour), Capacity: capacity,
		Price: contracts.Money{Amount: 4500, Currency: "EUR"}, Status: contracts.EventScheduled,
	}
}

// answer is what came back.
type answer struct {
	status int
	body   string
	json   map[string]any
}

// problem returns the status, the code and the fields that a problem names.
func (a answer) problem() string {
	text := strings.TrimSpace(http.StatusText(a.status)) + " " + a.json["code"].(string)
	fields, _ := a.json["errors"].([]any)
	for _, f := range fields {
		text += " " + f.(map[string]any)["field"].(string)
	}
	return text
}

// call sends a request as a user; "" is nobody.
func (w *world) call(user, method, path, body string, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if user != "" {
		r = r.WithContext(auth.WithPrincipal(r.Context(), auth.Principal{UserID: user, Roles: []string{auth.RoleCustomer}}))
	}
	return w.serve(w.Handler(), r)
}

func (w *world) admin(method, path string) answer {
	w.t.Helper()
	return w.serve(w.env.Admin, httptest.NewRequest(method, path, http.NoBody))
}

func (w *world) serve(h http.Handler, r *http.Request) answer {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	a := answer{status: recorder.Code, body: recorder.Body.String()}
	if strings.HasSuffix(recorder.Header().Get("Content-Type"), "json") && !strings.Contains(recorder.Header().Get("Content-Type"), "ndjson") {
		require.NoError(w.t, json.Unmarshal(recorder.Body.Bytes(), &a.json), a.body)
	}
	return a
}

// book books seats of the event.
func (w *world) book(user, key, eventID, seats string) answer {
	w.t.Helper()
	return w.call(user, http.MethodPost, "/api/v1/events/"+eventID+"/bookings", `{"seats":`+seats+`}`, "Idempotency-Key", key)
}
