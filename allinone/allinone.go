// Package allinone runs the whole platform in one process: gateway, event, booking, search and identity service, a
// broker with JetStream on disk, SQLite stores and a search index below one data directory. The services are the same
// apps their own processes host; only the way between them differs: an in-memory call instead of a socket.
package allinone

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/platform/admin"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/ids"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry/tracing"
	booking "github.com/myevents/myevents/services/booking/app"
	gateway "github.com/myevents/myevents/services/gateway/app"
)

// Config is what a person can choose.
type Config struct {
	process.Config `embed:""`

	Data              string         `help:"Directory that keeps everything; where none is named, a temporary one." placeholder:"DIR"`
	Demo              bool           `help:"Load the demo data: 3 locations, 40 events, 20 users."`
	BootstrapOperator config.Secret  `help:"E-mail address of the user who becomes the first operator." placeholder:"EMAIL"`
	PasswordCost      int            `help:"bcrypt cost of new passwords, 4 to 31." default:"12"`
	KeyRotation       time.Duration  `help:"How long a key signs tokens before the next one does." default:"24h"`
	Pepper            config.Secret  `help:"Key of the password hashes; made and kept in --data where none is given."`
	Gateway           gateway.Config `embed:""`
	booking.Watch     `embed:""`
}

// Options are what only code can choose: tests and other programs that embed the platform.
type Options struct {
	Logs               io.Writer                // receives the log lines; required
	Clock              func() time.Time         // nil: time.Now
	NewID              func() string            // nil: ids.New
	SpanProcessors     []sdktrace.SpanProcessor // receive every span
	ConsumerMiddleware func(service string) []messaging.Middleware
	Broker             func(messaging.Broker) messaging.Broker // wraps the services' broker; nil: they get it as it is
	Failed             func(error)                             // told when a port is lost before Stop; nil: nobody is
}

// App is the platform. Create it with New, then Start and Stop it.
type App struct {
	config    Config
	temporary bool // the data directory goes at the end
	host      *process.Host
	services  map[string]*process.Hosted
	importers importers // for the demo data
	admin     *admin.Server
	front     *httpserver.Server
	parts     *lifecycle.Group
}

// New wires the platform; it serves nothing and, but for the data directory with its secrets, leaves nothing behind.
func New(c Config, o Options) (*App, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.NewID == nil {
		o.NewID = ids.New
	}
	a := &App{config: c, services: map[string]*process.Hosted{}, parts: &lifecycle.Group{}}
	if err := a.openData(); err != nil {
		return nil, err
	}
	a.newHost(o)
	if err := errors.Join(a.openTracing(), a.host.OpenFaults(context.Background(), c.FaultFlags)); err != nil {
		return nil, errors.Join(err, a.removeTemporaryData(context.Background()))
	}
	a.hostServices()
	log, err := a.host.Logger("gateway")
	if err != nil {
		return nil, errors.Join(err, a.removeTemporaryData(context.Background()))
	}
	a.front = httpserver.NewServer(httpserver.ServerOptions{
		Name: "gateway", Listen: process.Address(c.Listen), Handler: a.services["gateway"],
		TLSListen: process.Address(c.TLSListen), CertFile: c.TLSCert, KeyFile: c.TLSKey,
		Failed: o.Failed, Loaded: process.LogCertificates(log), Registerer: a.host.Registerer("gateway"),
	})
	a.order(o)
	return a, nil
}

// openData makes the data directory and completes the configuration with the secrets kept there.
func (a *App) openData() error {
	if a.config.Data == "" {
		dir, err := os.MkdirTemp("", "myevents-")
		if err != nil {
			return fmt.Errorf("make a temporary data directory: %w", err)
		}
		a.config.Data, a.temporary = dir, true
	}
	if err := os.MkdirAll(a.config.Data, 0o700); err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	kept, err := loadSecrets(a.config.Data)
	if err != nil {
		return err
	}
	if a.config.AdminToken == "" {
		a.config.AdminToken = config.Secret(kept.AdminToken)
	}
	if a.config.Pepper == "" {
		a.config.Pepper = config.Secret(kept.Pepper)
	}
	return nil
}

func (a *App) newHost(o Options) {
	registry := process.NewRegistry(o.Logs)
	checks := health.New()
	a.admin = admin.New(admin.Options{
		Listen: process.Address(a.config.AdminListen), Registry: registry, Health: checks, Token: a.config.AdminToken, Failed: o.Failed,
	})
	who := a.config.Tracing.Identify(tracing.Identity{Version: process.Version(), Environment: a.config.Environment})
	a.host = &process.Host{
		Version: who.Version, Environment: who.Environment, Deployed: a.config.DeployedAt(),
		LogLevel: a.config.LogLevel, Logs: o.Logs, Registry: registry, SpanProcessors: o.SpanProcessors,
		Admin: a.admin, Health: checks, AdminToken: a.config.AdminToken, Clock: o.Clock, NewID: o.NewID,
		Dial: func(service string) (string, http.RoundTripper) {
			return "http://" + service, httpserver.InMemory(a.services[service])
		},
		DialAdmin: func(service string) (string, http.RoundTripper) {
			return "http://" + service, httpserver.InMemory(a.admin.Handler())
		},
		ConsumerMiddleware: o.ConsumerMiddleware,
	}
}

// order says what starts after what; it stops in reverse. Identity comes first, since all others verify tokens with its
// keys; the public door opens last and closes first.
func (a *App) order(o Options) {
	a.parts.Add("data directory", lifecycle.Funcs(nil, a.removeTemporaryData))
	a.parts.Add("spans", a.host.Spans())
	a.parts.Add("fault flags", a.host.FaultFlags())
	a.parts.Add("broker", &brokerPart{dir: filepath.Join(a.config.Data, "broker"), host: a.host, wrap: o.Broker})
	a.parts.Add("admin port", a.admin)
	for _, name := range []string{"identity", "event", "booking", "search", "gateway"} {
		a.parts.Add(name, a.services[name])
	}
	if a.config.Demo {
		a.parts.Add("demo data", lifecycle.Funcs(a.importDemo, nil))
	}
	a.parts.Add("gateway port", a.front)
	a.parts.Add("readiness", process.Readiness(a.host.Health))
}

func (a *App) removeTemporaryData(context.Context) error {
	if !a.temporary {
		return nil
	}
	return os.RemoveAll(a.config.Data)
}

// Start returns when everything serves. Where a part fails, those started before it are stopped again.
func (a *App) Start(ctx context.Context) error {
	err := a.parts.Start(ctx)
	if err != nil {
		err = errors.Join(err, a.removeTemporaryData(ctx))
	}
	return err
}

// Stop closes the doors, drains and ends everything. It may be called more than once.
func (a *App) Stop(ctx context.Context) error { return a.parts.Stop(ctx) }

// GatewayURL returns the address of the public API, once started.
func (a *App) GatewayURL() string { return "http://" + reachable(a.front.Addr()) }

// AdminURL returns the address of the admin port, once started.
func (a *App) AdminURL() string { return "http://" + reachable(a.admin.Addr()) }

// reachable turns the address of a listener on all interfaces into one that can be dialled.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip != nil && !ip.IsUnspecified() {
		return addr
	}
	return net.JoinHostPort("localhost", port)
}

// AdminToken returns what opens the commands of the admin port.
func (a *App) AdminToken() config.Secret { return a.config.AdminToken }

// Broker returns the broker, once started.
func (a *App) Broker() messaging.Broker { return a.host.Broker }

// StopService stops one service, as if its process had ended; the others go on.
func (a *App) StopService(ctx context.Context, name string) error {
	s, ok := a.services[name]
	if !ok {
		return fmt.Errorf("there is no service %q", name)
	}
	return s.Stop(ctx)
}

// StartService starts a stopped service again, wired anew.
func (a *App) StartService(ctx context.Context, name string) error {
	s, ok := a.services[name]
	if !ok {
		return fmt.Errorf("there is no service %q", name)
	}
	return s.Start(ctx)
}
