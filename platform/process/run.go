package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/myevents/myevents/platform/admin"
	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/ids"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/brokers"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/platform/telemetry/tracing"
)

// Spec describes the process of one service; C is the service's own configuration.
type Spec[C any] struct {
	Name        string // of the service, such as "booking"
	Description string // for --help
	New         func(ctx context.Context, c C, env *Env) (Service, error)
}

// settings is everything a service process can be told.
type settings[C any] struct {
	Config     `embed:""`
	BrokerURL  string            `help:"Message broker: nats://HOST:PORT, or another URL of docs/brokers.md." default:"nats://127.0.0.1:4222"`
	Peers      map[string]string `help:"Public API of the other services; http://NAME:8080 where not named." placeholder:"NAME=URL;..."`
	AdminPeers map[string]string `help:"Admin port of the other services; http://NAME:9100 where not named." placeholder:"NAME=URL;..."`
	Service    C                 `embed:""`
}

// commands is the command line of a service process.
type commands[C any] struct {
	Serve       settings[C] `cmd:"" default:"withargs" help:"Run the service (the default)."`
	Healthcheck Healthcheck `cmd:"" help:"Ask the process that runs beside this one whether it is ready; exit code 0 or 1."`
}

// logInterval is how long a log line may wait for others before it is written.
const logInterval = 100 * time.Millisecond

// Main runs the process of one service until ctx ends, or the command that args name, and returns the exit code: 0 after a
// clean stop, 2 where the configuration is wrong, 1 for any other failure. The failure is printed to stderr.
func Main[C any](ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer, spec Spec[C]) int {
	var c commands[C]
	selected, err := config.ParseCommand(spec.Name, spec.Description, &c, args, getenv, stdout)
	if err == nil {
		err = c.run(ctx, spec, selected, getenv, stdout, stderr)
	}
	return Exit(stderr, spec.Name, err)
}

func (c *commands[C]) run(
	ctx context.Context, spec Spec[C], selected string, getenv func(string) string, stdout, stderr io.Writer,
) error {
	if selected == "healthcheck" {
		return c.Healthcheck.Run(ctx, stdout)
	}
	Tune(ctx, getenv)
	logs := telemetry.NewLogWriter(stdout, logInterval)
	err := serve(ctx, spec, c.Serve, logs)
	if err := logs.Close(); err != nil {
		_, _ = fmt.Fprintln(stderr, "write logs:", err)
	}
	return err
}

// Exit prints err, if any, and returns the exit code that stands for it.
func Exit(stderr io.Writer, name string, err error) int {
	switch {
	case err == nil, errors.Is(err, config.ErrHelp):
		return 0
	case errors.Is(err, config.ErrInvalid):
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return 2
	default:
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return 1
	}
}

func serve[C any](ctx context.Context, spec Spec[C], s settings[C], logs *telemetry.LogWriter) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	host := newHost(spec.Name, s, logs, fail)
	if err := host.OpenTracing(ctx, spec.Name, s.Tracing, nil); err != nil {
		return err
	}
	if err := host.OpenFaults(ctx, s.FaultFlags); err != nil {
		return err
	}
	log, err := host.Logger(spec.Name)
	if err != nil {
		return err
	}
	broker, err := brokers.Open(ctx, s.BrokerURL, brokers.Options{Client: spec.Name, Log: log})
	if err != nil {
		return err
	}
	host.Broker = broker
	host.Health.Register("broker", BrokerCheck(broker))
	hosted := host.Hosted(spec.Name, func(ctx context.Context, env *Env) (Service, error) {
		env.Telemetry.Log.Info().Fields(logFields(&s)).Str("event.action", "process.configured").Msg("configured")
		return spec.New(ctx, s.Service, env)
	})
	host.Dial = dial(s.Peers, "8080", spec.Name, hosted)
	host.DialAdmin = dial(s.AdminPeers, "9100", spec.Name, host.Admin.Handler())

	parts := &lifecycle.Group{}
	parts.Add("spans", host.Spans())
	parts.Add("fault flags", host.FaultFlags())
	parts.Add("broker", lifecycle.Funcs(nil, func(context.Context) error { return broker.Close() }))
	parts.Add("admin port", host.Admin)
	parts.Add(spec.Name, hosted)
	parts.Add("api port", httpserver.NewServer(httpserver.ServerOptions{
		Name: spec.Name, Listen: Address(s.Listen), Handler: hosted,
		TLSListen: Address(s.TLSListen), CertFile: s.TLSCert, KeyFile: s.TLSKey,
		Failed: fail, Loaded: LogCertificates(log), Registerer: host.Registerer(spec.Name), Drain: drainTime,
	}))
	parts.Add("readiness", Readiness(host.Health))
	return lifecycle.Run(ctx, parts, s.ShutdownTimeout)
}

// drainTime is how long clients, such as the gateway, have to leave a service that stops, before their connections are closed.
const drainTime = time.Second

// newHost returns the host of one service; fail ends the process.
func newHost[C any](name string, s settings[C], logs io.Writer, fail func(error)) *Host {
	registry := NewRegistry(logs)
	checks := health.New()
	who := s.Tracing.Identify(tracing.Identity{Service: name, Version: Version(), Environment: s.Environment})
	return &Host{
		ServiceName: who.Service, Version: who.Version, Environment: who.Environment, Deployed: s.DeployedAt(),
		LogLevel: s.LogLevel, Logs: logs, Registry: registry, Health: checks, AdminToken: s.AdminToken, Clock: time.Now, NewID: ids.New,
		Admin: admin.New(admin.Options{
			Listen: Address(s.AdminListen), Registry: registry, Health: checks, Token: s.AdminToken, Failed: fail,
		}),
	}
}

// dial returns the ways to the peers, by default the names and ports of the Kubernetes services. The process reaches
// itself without a socket.
func dial(urls map[string]string, port, self string, own http.Handler) func(string) (string, http.RoundTripper) {
	sockets := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second, ResponseHeaderTimeout: callTimeout}
	return func(service string) (string, http.RoundTripper) {
		url, named := urls[service]
		switch {
		case service == self:
			return "http://" + service, httpserver.InMemory(own)
		case named:
			return strings.TrimSuffix(url, "/"), sockets
		default:
			return "http://" + service + ":" + port, sockets
		}
	}
}

// NewRegistry returns a registry with the metrics of the Go runtime, the process and, where it has some, the log's writer.
func NewRegistry(logs io.Writer) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	if counts, ok := logs.(prometheus.Collector); ok {
		registry.MustRegister(counts)
	}
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// BrokerCheck is the health check of a broker.
func BrokerCheck(b messaging.Broker) health.Check {
	return func(ctx context.Context) (map[string]any, error) { return b.Stats(), b.Ping(ctx) }
}

// Readiness is the last part of a process to start and the first to stop: load balancers look elsewhere before the
// doors close.
func Readiness(r *health.Registry) lifecycle.Part {
	set := func(ready bool) func(context.Context) error {
		return func(context.Context) error {
			r.SetReady(ready)
			return nil
		}
	}
	return lifecycle.Funcs(set(true), set(false))
}

func logFields(settings any) map[string]any {
	fields := map[string]any{}
	for _, kv := range config.Masked(settings) {
		fields["config."+kv.Key] = kv.Value
	}
	return fields
}
