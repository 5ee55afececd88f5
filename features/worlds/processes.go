package worlds

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
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
	traces   *doors.Zipkin
	metrics  *doors.Scraped
}

// StartProcesses builds the services' commands from the module at root, starts them with their data in dir, and returns
// when all are ready.
func StartProcesses(ctx context.Context, root, dir string) (*Processes, error) {
	if err := build(ctx, root, filepath.Join(dir, "bin")); err != nil {
		return nil, err
	}
	p := &Processes{at: broker.Options{Dir: filepath.Join(dir, "broker"), Listen: "127.0.0.1:0"}}
	if err := p.StartBroker(ctx); err != nil {
		return nil, err
	}
	p.at.Listen = strings.TrimPrefix(p.broker.URL(), "nats://")
	p.spans = httptest.NewServer(tracestore.New(tracestore.Options{}).Handler())
	p.traces = doors.NewZipkin(p.spans.URL)
	var err error
	if p.services, err = plan(dir, p.broker.URL(), p.spans.URL); err == nil {
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

func build(ctx context.Context, root, bin string) error {
	args := []string{"build", "-o", bin + string(filepath.Separator)}
	for _, name := range serviceNames() {
		args = append(args, "./cmd/"+command(name))
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
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
func plan(dir, brokerURL, zipkinURL string) (map[string]*process, error) {
	addresses, err := freeAddresses(2 * len(serviceNames()))
	if err != nil {
		return nil, err
	}
	services := map[string]*process{}
	var peers, adminPeers []string
	for i, name := range serviceNames() {
		p := &process{
			name: name, path: filepath.Join(dir, "bin", command(name)), dir: filepath.Join(dir, name),
			address: addresses[2*i], admin: addresses[2*i+1],
			env: []string{
				"OTEL_TRACES_EXPORTER=zipkin", "OTEL_EXPORTER_ZIPKIN_ENDPOINT=" + zipkinURL + "/api/v2/spans",
				"OTEL_BSP_SCHEDULE_DELAY=" + SpanDelay,
			},
		}
		peers = append(peers, name+"="+p.url())
		adminPeers = append(adminPeers, name+"="+p.adminURL())
		services[name] = p
	}
	for _, p := range services {
		p.args = []string{
			"--listen=" + p.address, "--admin-listen=" + p.admin, "--admin-token=" + AdminToken, "--broker-url=" + brokerURL,
			"--peers=" + strings.Join(peers, ";"), "--admin-peers=" + strings.Join(adminPeers, ";"),
		}
	}
	// Stores are at their defaults: files in the working directory, which is the service's own.
	services["identity"].args = append(services["identity"].args, "--bootstrap-operator="+FirstOperator().Email,
		"--password-cost="+PasswordCost, "--pepper="+Pepper)
	services["gateway"].args = append(services["gateway"].args, "--rate-limit=0")
	return services, nil
}

// freeAddresses returns addresses that nobody listens on: the services have to know each other's before they start.
func freeAddresses(n int) (addresses []string, err error) {
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer func() { _ = listener.Close() }() // not before all are found, or one would be found twice
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
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

// Stop stops the services as an orchestrator would, the gateway first, then the broker. It fails where one does not end
// cleanly, and where one has logged a line that is not as it should be.
func (p *Processes) Stop(ctx context.Context) error {
	var failures []error
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

// Logs returns what all processes have written.
func (p *Processes) Logs() doors.Logs {
	var all doors.Several
	for _, name := range serviceNames() {
		all = append(all, &p.services[name].logs)
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
