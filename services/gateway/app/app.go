// Package app wires the gateway.
package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/door"
	"github.com/myevents/myevents/services/gateway/forward"
)

// Config is what the gateway can be told.
type Config struct {
	CORSOrigins    []string      `name:"cors-origin" help:"Origin whose pages may call, such as https://shop.example; repeatable."`
	RateLimit      float64       `help:"Requests per second and client; 0: no limit." default:"200"`
	RateBurst      int           `help:"Requests a client may send at once after a pause." default:"400"`
	TrustedProxies []string      `help:"Network whose X-Forwarded-For is believed, such as 10.0.0.0/8; repeatable." placeholder:"CIDR"`
	MaxBody        int64         `help:"Largest request body, in bytes." default:"65536"`
	CallTimeout    time.Duration `help:"How long a service may take to answer." default:"10s"`
	MaxCalls       uint          `help:"Calls under way to one service; more are refused." default:"1024"`
}

// App is the gateway. It keeps nothing, so there is nothing to start or stop but what the process does for it.
type App struct {
	handler http.Handler
}

// New wires the gateway.
func New(_ context.Context, c Config, env *process.Env) (*App, error) {
	services, err := newServices(c, env)
	if err != nil {
		return nil, err
	}
	api, err := newAPI(apiOptions(env), services)
	if err != nil {
		return nil, err
	}
	front, err := door.New(door.Options{
		CORSOrigins: c.CORSOrigins, RateLimit: c.RateLimit, RateBurst: c.RateBurst, TrustedProxies: c.TrustedProxies,
		MaxBody: c.MaxBody, Clock: env.Clock,
	}, api.Handler())
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	for _, s := range services {
		env.Health.Register("gateway."+s.Name(), circuitCheck(s))
	}
	return &App{handler: front}, nil
}

// Start does nothing: the gateway has no parts of its own.
func (a *App) Start(context.Context) error { return nil }

// Stop does nothing.
func (a *App) Stop(context.Context) error { return nil }

// Handler serves everything that is reachable from outside.
func (a *App) Handler() http.Handler { return a.handler }

// Document returns the OpenAPI document of what the gateway answers itself.
func Document() []byte {
	return newOwnAPI(httpserver.APIOptions{}, nil).Document()
}

func newServices(c Config, env *process.Env) ([]*forward.Service, error) {
	services := make([]*forward.Service, 0, len(gateway.Services()))
	for _, name := range gateway.Services() {
		peer := env.Peer(name)
		s, err := forward.New(forward.Options{
			Name: name, URL: peer.URL, Transport: peer.Client.Transport, Timeout: c.CallTimeout, MaxCalls: c.MaxCalls,
			Failed: func(ctx context.Context, service string, err error) {
				env.Telemetry.Logger(ctx).Warn().Err(err).Str("event.action", "gateway.forward").Str("peer.service", service).
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
	return httpserver.APIOptions{
		Denied: func(ctx context.Context, operation string, p auth.Principal) {
			env.Telemetry.Audit(ctx, operation, "failure", map[string]string{"user.id": p.UserID, "event.reason": "forbidden"})
		},
		Failed: env.Telemetry.Failed,
	}
}
