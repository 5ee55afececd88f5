package worlds

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/myevents/myevents/features/doors"
	broker "github.com/myevents/myevents/platform/messaging/embedded"
	"github.com/myevents/myevents/platform/tracestore"
)

// Processes are the five services as processes of their own on this machine, around a broker in the test's process. All
// scenarios share them. Create them with StartProcesses.
type Processes struct {
	at       broker.Options // where the broker is, also after a restart
	broker   *broker.Server
	spans    *httptest.Server    // what the services take for Zipkin
	services map[string]*process // by name
	others   []*process          // further instances
	traces   *doors.Zipkin
	metrics  *doors.Scraped
}

// ProcessOptions are how the processes are started. Bin and Dir are needed.
type ProcessOptions struct {
	Bin string // where BuildServices has put their commands
	Dir string // where they keep their data

	// Line returns the address at which others reach what listens at an address: a service by its name, "broker" or "zipkin".
	// nil: at its own.
	Line     func(name, address string) (string, error)
	Settings map[string][]string // more flags of a service, by its name
}

// StartProcesses starts the services and returns when all are ready.
func StartProcesses(ctx context.Context, o ProcessOptions) (*Processes, error) {
	p := &Processes{at: broker.Options{Dir: filepath.Join(o.Dir, "broker"), Listen: "127.0.0.1:0"}}
	if err := p.StartBroker(ctx); err != nil {
		return nil, err
	}
	p.at.Listen = strings.TrimPrefix(p.broker.URL(), "nats://")
	p.spans = httptest.NewServer(tracestore.New(tracestore.Options{}).Handler())
	p.traces = doors.NewZipkin(p.spans.URL)
	var err error
	if p.services, err = p.plan(o); err == nil {
		err = p.startAll(ctx)
	}
	p.metrics = doors.Scrape(p.adminURLs()...)
	if err != nil {
		return nil, errors.Join(err, p.Stop(ctx), errors.New(p.Transcript()))
	}
	return p, nil
}

func (p *Processes) adminURLs() (all []string) {
	for _, name := range slices.Sorted(maps.Keys(p.services)) {
		all = append(all, p.services[name].adminURL())
	}
	return all
}

// BuildServices builds the services' commands from the module at root into the folder bin, as they ship.
func BuildServices(ctx context.Context, root, bin string) error {
	args := []string{"build", "-trimpath", "-o", bin + string(filepath.Separator)}
	for _, name := range serviceNames() {
		args = append(args, "./cmd/"+command(name))
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = root, append(cmd.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the services: %w\n%s", err, output)
	}
	return nil
}

func serviceNames() []string { return []string{"identity", "event", "booking", "search", "gateway"} }

// command is the name of the binary: cmd/eventservice, but cmd/gateway.
func command(service string) string {
	if service == "gateway" {
		return service
	}
	return service + "service"
}

// plan gives every service its addresses, its files and the ways to the others.
func (p *Processes) plan(o ProcessOptions) (map[string]*process, error) {
	addresses, err := FreeAddresses(2 * len(serviceNames()))
	if err != nil {
		return nil, err
	}
	ways, err := o.ways(p.at.Listen, strings.TrimPrefix(p.spans.URL, "http://"), addresses)
	if err != nil {
		return nil, err
	}
	services := map[string]*process{}
	var peers, adminPeers []string
	for i, name := range serviceNames() {
		p := &process{
			name: name, path: filepath.Join(o.Bin, command(name)), dir: filepath.Join(o.Dir, name),
			address: addresses[2*i], admin: addresses[2*i+1],
			env: []string{
				"OTEL_TRACES_EXPORTER=zipkin", "OTEL_EXPORTER_ZIPKIN_ENDPOINT=http://" + ways["zipkin"] + "/api/v2/spans",
				"OTEL_BSP_SCHEDULE_DELAY=" + SpanDelay,
			},
		}
		peers = append(peers, name+"=http://"+ways[name])
		adminPeers = append(adminPeers, name+"="+p.adminURL())
		services[name] = p
	}
	for _, p := range services {
		p.args = append([]string{
			"--listen=" + p.address, "--admin-listen=" + p.admin, "--admin-token=" + AdminToken, "--broker-url=nats://" + ways["broker"],
			"--peers=" + strings.Join(peers, ";"), "--admin-peers=" + strings.Join(adminPeers, ";"),
		}, o.Settings[p.name]...)
	}
	// Stores are at their defaults: files in the working directory, which is the service's own.
	services["identity"].args = append(services["identity"].args, "--bootstrap-operator="+FirstOperator().Email,
		"--password-cost="+PasswordCost, "--pepper="+Pepper)
	services["gateway"].args = append([]string{"--rate-limit=0"}, services["gateway"].args...) // scenarios send as fast as they can
	return services, nil
}

// ways returns where everything is reached, by name. Two addresses belong to each service, the first that of its API.
func (o ProcessOptions) ways(broker, zipkin string, addresses []string) (map[string]string, error) {
	ways := map[string]string{"broker": broker, "zipkin": zipkin}
	for i, name := range serviceNames() {
		ways[name] = addresses[2*i]
	}
	if o.Line == nil {
		return ways, nil
	}
	for name, address := range ways {
		way, err := o.Line(name, address)
		if err != nil {
			return nil, fmt.Errorf("line to %s: %w", name, err)
		}
		ways[name] = way
	}
	return ways, nil
}

// startAll starts the services side by side: none may need another to start.
func (p *Processes) startAll(ctx context.Context) error {
	for _, service := range p.services {
		if err := os.MkdirAll(service.dir, 0o700); err != nil {
			return fmt.Errorf("make the directory of %s: %w", service.name, err)
		}
		if err := service.start(); err != nil {
			return err
		}
	}
	for _, service := range p.services {
		if err := service.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Source hands the processes to every scenario.
func (p *Processes) Source(context.Context) (World, error) { return p, nil }

// StartInstance starts another instance of the service, with a data directory of its own, whose telemetry says that it is of
// that version; more are flags of its own. Its admin port is at the address. Nobody calls its API, whose address it returns.
func (p *Processes) StartInstance(ctx context.Context, service, version, admin string, more ...string) (url string, err error) {
	listen, err := FreeAddresses(1)
	if err != nil {
		return "", err
	}
	first := p.services[service]
	another := &process{
		name: service + "-" + version, path: first.path, dir: first.dir + "-" + version, address: listen[0], admin: admin,
		args: slices.Concat(first.args, []string{"--listen=" + listen[0], "--admin-listen=" + admin}, more),
		env:  append(slices.Clone(first.env), "OTEL_RESOURCE_ATTRIBUTES=service.version="+version),
	}
	if err := os.MkdirAll(another.dir, 0o700); err != nil {
		return "", fmt.Errorf("make the directory of %s: %w", another.name, err)
	}
	if err := another.start(); err != nil {
		return "", err
	}
	p.others = append(p.others, another)
	return another.url(), another.ready(ctx)
}

// StopInstances stops what StartInstance has started.
func (p *Processes) StopInstances(ctx context.Context) error {
	var failures []error
	for _, instance := range p.others {
		failures = append(failures, instance.stop(ctx), InOrder(instance.logs.String()))
	}
	p.others = nil
	return errors.Join(failures...)
}

// DataDir returns the folder in which the service keeps its data.
func (p *Processes) DataDir(service string) string { return p.services[service].dir }

// Stop stops the services as an orchestrator would, the gateway first, then the broker. It fails where one does not end
// cleanly, and where one has logged a line that is not as it should be.
func (p *Processes) Stop(ctx context.Context) error {
	failures := []error{p.StopInstances(ctx)}
	for _, name := range slices.Backward(serviceNames()) {
		if service, ok := p.services[name]; ok {
			failures = append(failures, service.stop(ctx))
			failures = append(failures, InOrder(service.logs.String()))
		}
	}
	p.traces.Close()
	p.spans.Close()
	p.broker.Stop()
	return errors.Join(append(failures, p.metrics.Close())...)
}

// Gateway returns the gateway's address.
func (p *Processes) Gateway() string { return p.services["gateway"].url() }

// Operator returns the account that becomes the first operator.
func (p *Processes) Operator() Account { return FirstOperator() }

// Close does nothing: the processes serve all scenarios until Stop.
func (p *Processes) Close(context.Context) error { return nil }

// Admin returns the admin port of the service's process.
func (p *Processes) Admin(service string) (url, token string) {
	return p.services[service].adminURL(), AdminToken
}

// StopService ends the service's process by SIGTERM.
func (p *Processes) StopService(ctx context.Context, service string) error {
	return p.services[service].stop(ctx)
}

// StartService starts the service's process again, with the data it left.
func (p *Processes) StartService(ctx context.Context, service string) error {
	if err := p.services[service].start(); err != nil {
		return err
	}
	return p.services[service].ready(ctx)
}

// StopBroker ends the broker, as if its machine had gone.
func (p *Processes) StopBroker(context.Context) error {
	p.broker.Stop()
	return nil
}

// StartBroker starts the broker at the address and with the files it had.
func (p *Processes) StartBroker(context.Context) (err error) {
	p.broker, err = broker.Start(p.at)
	return err
}

// Traces returns the store that all services export to.
func (p *Processes) Traces() doors.Traces { return p.traces }

// Metrics returns what all admin ports show.
func (p *Processes) Metrics() doors.Metrics { return p.metrics }

// Logs returns what all processes that run have written.
func (p *Processes) Logs() doors.Logs {
	var all doors.Several
	for _, name := range serviceNames() {
		all = append(all, &p.services[name].logs)
	}
	for _, instance := range p.others {
		all = append(all, &instance.logs)
	}
	return all
}

// Transcript returns what all services have logged so far, one after the other.
func (p *Processes) Transcript() string {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.services)) {
		fmt.Fprintf(&all, "--- %s\n%s", name, p.services[name].logs.String())
	}
	return all.String()
}

// Secrets returns what the processes were started with.
func (p *Processes) Secrets() []string { return OwnSecrets() }

// Told returns everything the services have told since they started.
func (p *Processes) Told(ctx context.Context) (string, error) {
	spans, traced := p.traces.Everything(ctx)
	metrics, counted := p.metrics.Pages(ctx)
	return p.Transcript() + spans + metrics, errors.Join(traced, counted)
}
