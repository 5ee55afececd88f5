package app_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

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
	"github.com/myevents/myevents/services/search/app"
)

// platform is what surrounds a search service: a broker, and the outboxes of the services that publish.
type platform struct {
	config app.Config
	broker messaging.Broker
	outbox *sqlite.DB // of both owners: a replay must sort out what it can use
	peers  *httptest.Server
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	broker, err := server.Connect(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Close()) })

	dir := t.TempDir()
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "owners.db"), Service: "owners", Schema: outboxsqlite.Schema})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	peers := http.NewServeMux()
	peers.Handle("GET /admin/event/outbox", outbox.Feed(outboxsqlite.NewLog(db)))
	peers.HandleFunc("GET /admin/booking/outbox", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"items":[],"next":0}`)
	})
	p := &platform{
		config: app.Config{Index: "bleve:" + filepath.Join(dir, "index"), Store: "sqlite:" + filepath.Join(dir, "search.db")},
		broker: broker, outbox: db, peers: httptest.NewServer(peers),
	}
	t.Cleanup(p.peers.Close)
	return p
}

func (p *platform) env(t *testing.T) *process.Env {
	t.Helper()
	speech, err := telemetry.New(telemetry.Options{Service: "search", Logs: io.Discard, Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, speech.Shutdown(context.Background())) })
	return &process.Env{
		Telemetry: speech, Broker: p.broker, Admin: http.NewServeMux(), Health: health.New(), Clock: time.Now, NewID: ids.New,
		AdminPeer: func(string) process.Peer { return process.Peer{URL: p.peers.URL, Client: p.peers.Client()} },
	}
}

// start returns a started service; it can be started again after it was stopped.
func (p *platform) start(t *testing.T) *searching {
	t.Helper()
	env := p.env(t)
	service, err := app.New(t.Context(), p.config, env)
	require.NoError(t, err)
	require.NoError(t, service.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, service.Stop(context.Background())) })
	return &searching{app: service, mux: env.Admin}
}

// publish puts a message into an outbox and onto the broker, as its owner would.
func (p *platform) publish(t *testing.T, topic, typ, subject string, data any) {
	t.Helper()
	e, err := cloudevent.New(ids.New(), "/test", typ, subject, time.Now(), data)
	require.NoError(t, err)
	require.NoError(t, p.outbox.Write(t.Context(), func(tx *sqlite.Tx) error { return outboxsqlite.NewLog(p.outbox).Append(tx, topic, e) }))
	payload, err := e.Encode()
	require.NoError(t, err)
	m := message.NewMessage(e.ID, payload)
	m.Metadata.Set(messaging.MetadataSubject, subject)
	require.NoError(t, p.broker.Publisher().Publish(topic, m))
}

// request returns a request by the user, as it arrives behind authentication; by nobody where userID is empty.
func request(method, path, userID string) *http.Request {
	r := httptest.NewRequest(method, path, http.NoBody)
	if userID == "" {
		return r
	}
	return r.WithContext(auth.WithPrincipal(r.Context(), auth.Principal{UserID: userID, Roles: []string{auth.RoleCustomer}}))
}
