// Package app wires the gateway.
package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/pagecache"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/browser"
	"github.com/myevents/myevents/services/gateway/door"
	"github.com/myevents/myevents/services/gateway/forward"
	"github.com/myevents/myevents/services/gateway/operator"
	"github.com/myevents/myevents/services/gateway/page"
	"github.com/myevents/myevents/services/gateway/seats"
	"github.com/myevents/myevents/web"
)

// Config is what the gateway can be told.
type Config struct {
	CORSOrigins    []string      `name:"cors-origin" help:"Origin whose pages may call, such as https://shop.example; repeatable."`
	RateLimit      float64       `help:"Requests per second and client; 0: no limit." default:"200"`
	RateBurst      int           `help:"Requests a client may send at once after a pause." default:"400"`
	TrustedProxies []string      `help:"Network whose X-Forwarded-For and -Proto count, such as 10.0.0.0/8; repeatable." placeholder:"CIDR"`
	MaxBody        int64         `help:"Largest request body, in bytes." default:"65536"`
	CallTimeout    time.Duration `help:"How long a service may take to answer." default:"10s"`
	MaxCalls       uint          `help:"Calls under way to one service; more are refused." default:"1024"`
	ZipkinURL      string        `help:"Zipkin whose traces operators see; by default the one that spans are sent to." placeholder:"URL"`

	ZipkinLink   string `help:"Zipkin's page, for operators to open." placeholder:"URL"`
	GrafanaLink  string `help:"Grafana, for operators to open." placeholder:"URL"`
	KibanaLink   string `help:"Kibana, for operators to open." placeholder:"URL"`
	BrowserSpans bool   `help:"Take spans from the web page, which then shows in traces as web." default:"true"`
}

// App is the gateway. It keeps nothing that is worth keeping; all it does without being asked is to watch seats for its streams.
type App struct {
	handler http.Handler
	seats   *seats.Feed
}

// New wires the gateway.
func New(_ context.Context, c Config, env *process.Env) (*App, error) {
	metrics, err := newMetrics(env.Telemetry)
	if err != nil {
		return nil, err
	}
	services, err := newServices(c, env, metrics)
	if err != nil {
		return nil, err
	}
	env.Telemetry.Registerer.MustRegister(newCircuits(services))
	clients, err := door.NewClients(c.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	answers := own{services: services}
	if answers.view, err = operatorOptions(c, env); err != nil {
		return nil, err
	}
	if answers.page, err = browserOptions(c, env, services, metrics); err != nil {
		return nil, err
	}
	feed := newFeed(env, services, clients)
	answers.seats = feed
	pages := newPages()
	env.Telemetry.Registerer.MustRegister(pagecache.Metrics(pages))
	api, err := newAPI(apiOptions(env), answers, pages)
	if err != nil {
		return nil, err
	}
	front, err := newFront(c, env, metrics, clients, api.Handler())
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	for _, s := range services {
		env.Health.Register("gateway."+s.Name(), circuitCheck(s))
	}
	return &App{handler: front, seats: feed}, nil
}

// newFront returns what a request passes on its way to the API: the door, the page, and whoever knows cookies.
func newFront(c Config, env *process.Env, m *metrics, clients door.Clients, api http.Handler) (http.Handler, error) {
	signedIn := browser.NewFront(browser.FrontOptions{
		Verify: env.Verifier.Verify, Client: clients.Of, Clock: env.Clock, Limited: m.limited.Inc,
	}, api)
	built, _ := web.Built()
	withPage, err := page.New(built, signedIn)
	if err != nil {
		return nil, err
	}
	return door.New(door.Options{
		CORSOrigins: c.CORSOrigins, RateLimit: c.RateLimit, RateBurst: c.RateBurst, TrustedProxies: c.TrustedProxies,
		MaxBody: c.MaxBody, Clock: env.Clock, Limited: m.limited.Inc,
	}, withPage)
}

// Start begins to watch seats.
func (a *App) Start(ctx context.Context) error { return a.seats.Start(ctx) }

// Stop ends the streams of seats that are left.
func (a *App) Stop(ctx context.Context) error { return a.seats.Stop(ctx) }

// Handler serves everything that is reachable from outside.
func (a *App) Handler() http.Handler { return a.handler }

// Document returns the OpenAPI document of what the gateway answers itself.
func Document() []byte {
	return newOwnAPI(httpserver.APIOptions{}, own{seats: http.NotFoundHandler()}).Document()
}

func newServices(c Config, env *process.Env, m *metrics) ([]*forward.Service, error) {
	services := make([]*forward.Service, 0, len(gateway.Services()))
	for _, name := range gateway.Services() {
		peer := env.Peer(name)
		s, err := forward.New(forward.Options{
			Name: name, URL: peer.URL, Transport: peer.Client.Transport, Timeout: c.CallTimeout, MaxCalls: c.MaxCalls,
			Failed: func(ctx context.Context, service string, err error) {
				m.unanswered.WithLabelValues(service).Inc()
				env.Telemetry.Logger(ctx).Warn().Err(err).Str("event.action", "gateway.forward").Str("service.target.name", service).
					Msg("no answer from a service")
			},
		})
		if err != nil {
			return nil, fmt.Errorf("gateway: %w", err)
		}
		services = append(services, s)
	}
	return services, nil
}

// circuitCheck fails while the service is left alone. It asks nobody: calls that were made anyway say enough.
func circuitCheck(s *forward.Service) func(context.Context) (map[string]any, error) {
	return func(context.Context) (map[string]any, error) {
		state := s.State()
		detail := map[string]any{"circuit": state}
		if state == circuitbreaker.OpenState.String() {
			return detail, fmt.Errorf("%s service does not answer", s.Name())
		}
		return detail, nil
	}
}

func apiOptions(env *process.Env) httpserver.APIOptions {
	return httpserver.APIOptions{Audit: env.Telemetry.Audit, Failed: env.Telemetry.Failed}
}

// operatorOptions say whom operators' questions go to: the admin port of every service, the gateway's own included.
func operatorOptions(c Config, env *process.Env) (operator.Options, error) {
	if u, err := url.Parse(c.ZipkinURL); err != nil || c.ZipkinURL != "" && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return operator.Options{}, errors.New("gateway: ZIPKIN_URL must be a URL such as http://zipkin:9411") // it may hold a password
	}
	o := operator.Options{Services: map[string]operator.Peer{}}
	for _, name := range append(gateway.Services(), "gateway") {
		o.Services[name] = operator.Peer(env.AdminPeer(name))
	}
	if zipkin, known := env.Traces(c.ZipkinURL); known {
		o.Traces = (*operator.Peer)(&zipkin)
	}
	return o, nil
}
