// Package process turns services into an operating-system process: what the services of a process share, what each of
// them is given, and the middleware in front of every one. The process of one service and the process of all five are
// built from the same parts.
package process

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/platform/admin"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/faultinjection"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/tracing"
)

// Service is one bounded context, ready to be hosted.
type Service interface {
	lifecycle.Part
	// Handler serves the service's API. The host puts telemetry, panic recovery and authentication in front of it.
	Handler() http.Handler
}

// Peer is the way to another service.
type Peer struct {
	URL    string // scheme and authority, no trailing slash
	Client *http.Client
}

// Env is what a service is given by the process that hosts it.
type Env struct {
	Telemetry *telemetry.Telemetry
	Broker    messaging.Broker
	Admin     *http.ServeMux // authenticated endpoints below /admin/<service>/
	Health    *health.Registry
	Verifier  *auth.Verifier
	Clock     func() time.Time
	NewID     func() string
	Peer      func(service string) Peer // its public API
	AdminPeer func(service string) Peer // its admin port; the client adds the admin token

	// Traces returns the way to Zipkin's API, version 2, over the traces of the platform: that of the Zipkin at the base URL
	// or, where it is empty, of whoever gets the spans of this process. It is false where that is nobody who can be asked.
	Traces func(zipkin string) (Peer, bool)

	SampleRatio float64 // share of new traces that are sampled, for those who begin traces elsewhere

	// ConsumerMiddleware wraps the service's message handlers; tests inject faults here.
	ConsumerMiddleware []messaging.Middleware

	Faults *faultinjection.Service // nil outside of drills
}

// Host is what the services of one process share.
type Host struct {
	ServiceName    string // service.name of all telemetry; empty: each service's own name
	Version        string
	Environment    string
	Deployed       time.Time
	LogLevel       string
	Logs           io.Writer
	Registry       *prometheus.Registry
	SpanProcessors []sdktrace.SpanProcessor
	Tracing        tracing.Tracing
	TraceStore     http.Handler // speaks Zipkin's API over the spans of this process; nil: they are kept elsewhere
	zipkin         string       // base URL of the Zipkin that spans go to; empty: they go elsewhere
	Broker         messaging.Broker
	Admin          *admin.Server
	Health         *health.Registry
	AdminToken     config.Secret
	Clock          func() time.Time
	NewID          func() string
	Faults         *faultinjection.Faults // nil: the process has no fault flags

	// Dial returns how to reach a service's public API, DialAdmin how to reach its admin port: the URL and the
	// transport, a socket's or, inside one process, an in-memory one.
	Dial      func(service string) (string, http.RoundTripper)
	DialAdmin func(service string) (string, http.RoundTripper)

	ConsumerMiddleware func(service string) []messaging.Middleware // nil: none
}

// Logger returns the logger of what belongs to the process rather than to one of its services, such as the broker's
// connection. It fails on an unknown LogLevel.
func (h *Host) Logger(name string) (zerolog.Logger, error) {
	return telemetry.NewLogger(telemetry.Options{
		Service: cmp.Or(h.ServiceName, name), Version: h.Version, Environment: h.Environment, Logs: h.Logs, Level: h.LogLevel, Clock: h.Clock,
	})
}

// callTimeout bounds every call from service to service, whatever the caller's context says.
const callTimeout = 10 * time.Second

// Env returns the environment of one service.
func (h *Host) Env(service string) (*Env, error) {
	faults, clock := h.faultsOf(service)
	t, err := telemetry.New(telemetry.Options{
		Service: cmp.Or(h.ServiceName, service), Version: h.Version, Environment: h.Environment, Deployed: h.Deployed,
		Logs: h.Logs, Level: h.LogLevel, Registry: h.Registry, MessagingSystem: h.Broker.Features().System, Clock: clock,
		SpanProcessors: h.SpanProcessors, Sampler: h.Tracing.Sampler, Propagator: h.Tracing.Propagator, Attributes: h.Tracing.Attributes,
	})
	if err != nil {
		return nil, fmt.Errorf("telemetry of %s: %w", service, err)
	}
	env := &Env{
		Telemetry: t, Broker: h.Broker, Admin: http.NewServeMux(), Health: h.Health, Clock: clock, NewID: h.NewID,
		Peer: func(peer string) Peer {
			url, transport := h.Dial(peer)
			return Peer{URL: url, Client: &http.Client{Transport: t.Transport(peer, transport), Timeout: callTimeout}}
		},
		AdminPeer: func(peer string) Peer {
			url, transport := h.DialAdmin(peer)
			authorized := &bearer{token: h.AdminToken, base: t.Transport(peer, transport)}
			return Peer{URL: url, Client: &http.Client{Transport: authorized, Timeout: callTimeout}}
		},
		Traces: h.traces(t), SampleRatio: h.Tracing.SampleRatio(),
	}
	if h.ConsumerMiddleware != nil {
		env.ConsumerMiddleware = h.ConsumerMiddleware(service)
	}
	env.inject(faults)
	identity := env.Peer("identity")
	env.Verifier = auth.NewVerifier(auth.Options{
		Source: auth.HTTPSource{URL: identity.URL, Client: identity.Client}, Clock: clock, Log: t.Log,
		Refuse: httpserver.WriteProblem,
	})
	h.Health.Require(service+".keys", env.Verifier.Check)
	t.Registerer.MustRegister(newVerifierMetrics(env.Verifier), h.Broker.Link())
	return env, nil
}

// bearer adds the admin token to the calls between admin ports.
type bearer struct {
	token config.Secret
	base  http.RoundTripper
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token.Reveal())
	return b.base.RoundTrip(r)
}
