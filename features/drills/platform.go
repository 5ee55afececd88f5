// Package drills rehearses incidents: a platform of five processes is sold from and watched by the real Prometheus and
// Alertmanager with the files that are deployed, in compressed time; something is broken on purpose; and what the operators
// would see is held against what they were promised.
package drills

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/myevents/myevents/features/worlds"
)

// Options are what all drills of a run share.
type Options struct {
	Tools         Tools
	Observability string // folder of the rules, the configurations, the dashboards and the runbooks
	Compression   Compression
}

// platform is one that runs for a drill alone.
type platform struct {
	options    Options
	opened     time.Time
	dir        string
	flags      map[string]flag // of the faults, by name
	lines      *lines
	processes  *worlds.Processes
	monitoring *monitoring
	visitors   *visitors
	shipper    *shipper // nil: nobody takes the log lines
}

// flag is one of flagd, as faults have them: on for some services.
type flag struct {
	State          string         `json:"state"`
	Variants       map[string]any `json:"variants"`
	DefaultVariant string         `json:"defaultVariant"`
	Targeting      any            `json:"targeting"`
}

// setting is what a drill wants of its platform besides.
type setting struct {
	flags map[string][]string // of the services
	ships bool                // log lines
	crowd int                 // times as many visitors; 0: as many as ever
}

// open starts everything. What it returns is to be closed, also with an error.
func open(ctx context.Context, o Options, s setting) (*platform, error) {
	dir, err := os.MkdirTemp("", "myevents-drill-")
	if err != nil {
		return nil, err
	}
	p := &platform{options: o, opened: time.Now(), dir: dir, flags: map[string]flag{}, lines: newLines()}
	if err := errors.Join(writeFlags(p.flagFile(), p.flags), writeCertificate(dir, goodFor)); err != nil {
		return p, err
	}
	p.processes, err = worlds.StartProcesses(ctx, worlds.ProcessOptions{
		Bin: o.Tools.Services, Dir: dir, Line: p.lines.open, Settings: p.settings(s.flags),
	})
	if err != nil {
		return p, err
	}
	if s.ships {
		if p.shipper, err = openShipper(p.processes.Transcript, p.lines.open); err != nil {
			return p, err
		}
	}
	if p.monitoring, err = startMonitoring(ctx, o, dir, p.adminPorts()); err != nil {
		return p, err
	}
	if p.visitors, err = welcome(ctx, p.processes.Gateway()); err != nil {
		return p, err
	}
	p.visitors.crowd(max(s.crowd, 1))
	p.visitors.come(context.WithoutCancel(ctx))
	return p, nil
}

// adminPorts returns where metrics are, by the names of compose.
func (p *platform) adminPorts() map[string][]string {
	at := map[string][]string{}
	for _, service := range services() {
		url, _ := p.processes.Admin(service)
		at[service] = []string{strings.TrimPrefix(url, "http://")}
	}
	if p.shipper != nil {
		at["filebeat-metrics"] = []string{p.shipper.metrics()}
	}
	return at
}

// newVersion is that of what deploy starts.
const newVersion = "next"

// deploy starts another instance of the service, which is watched as the others are, and returns the address of its API. More
// are flags of its own.
func (p *platform) deploy(ctx context.Context, service string, more ...string) (url string, err error) {
	admin, err := freeAddress()
	if err != nil {
		return "", err
	}
	at := p.adminPorts()
	at[service] = append(at[service], admin)
	url, err = p.processes.StartInstance(ctx, service, newVersion, admin, more...)
	return url, errors.Join(err, p.monitoring.watch(at))
}

// replace has a new version of the gateway serve the visitors, which is broken from its first request on.
func (p *platform) replace(ctx context.Context, fault string, value any) error {
	broken := filepath.Join(p.dir, "broken.flagd.json")
	if err := writeFlags(broken, map[string]flag{fault: newFlag(value, "gateway")}); err != nil {
		return err
	}
	url, err := p.deploy(ctx, "gateway", "--fault-flags="+broken)
	if err == nil {
		p.visitors.turnTo(url)
	}
	return err
}

// restore sends the visitors back to the gateway that they came from, and takes the new one away.
func (p *platform) restore(ctx context.Context) error {
	p.visitors.turnTo(p.processes.Gateway())
	return p.undeploy(ctx)
}

// undeploy takes it away again.
func (p *platform) undeploy(ctx context.Context) error {
	return errors.Join(p.monitoring.watch(p.adminPorts()), p.processes.StopInstances(ctx))
}

func services() []string { return []string{"gateway", "identity", "event", "booking", "search"} }

// settings of every service, and what the drill wants besides.
func (p *platform) settings(more map[string][]string) map[string][]string {
	all := map[string][]string{}
	for _, service := range services() {
		all[service] = append([]string{"--fault-flags=" + p.flagFile()}, more[service]...)
	}
	all["gateway"] = append(all["gateway"], "--tls-listen=127.0.0.1:0", "--tls-cert="+certificateFile(p.dir), "--tls-key="+keyFile(p.dir))
	all["booking"] = append(all["booking"], "--audit-interval=500ms") // ten seconds, compressed
	return all
}

func (p *platform) flagFile() string { return filepath.Join(p.dir, "faults.flagd.json") }

// set switches a fault on in some services, and off with a nil value.
func (p *platform) set(fault string, value any, services ...string) error {
	delete(p.flags, fault)
	if value != nil {
		p.flags[fault] = newFlag(value, services...)
	}
	return writeFlags(p.flagFile(), p.flags)
}

func newFlag(value any, services ...string) flag {
	return flag{
		State: "ENABLED", DefaultVariant: "off", Variants: map[string]any{"off": zero(value), "on": value},
		Targeting: map[string]any{"if": []any{map[string]any{"in": []any{map[string]any{"var": "service"}, services}}, "on"}},
	}
}

func zero(value any) any {
	switch value.(type) {
	case string:
		return ""
	case bool:
		return false
	default:
		return 0
	}
}

// writeFlags replaces the file at once: the services read it whenever it changes.
func writeFlags(file string, flags map[string]flag) error {
	document, err := json.Marshal(map[string]any{"flags": flags})
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", document, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// close ends everything. A service that does not stop cleanly, or has logged what is no log line, is an error.
func (p *platform) close(ctx context.Context) error {
	if p.visitors != nil {
		p.visitors.goHome()
	}
	var failures []error
	if p.shipper != nil {
		p.shipper.close()
	}
	if p.processes != nil {
		failures = append(failures, p.processes.Stop(ctx))
	}
	if p.monitoring != nil {
		failures = append(failures, p.monitoring.stop())
	}
	p.lines.close()
	if err := errors.Join(append(failures, os.RemoveAll(p.dir))...); err != nil {
		return fmt.Errorf("end the drill's platform: %w", err)
	}
	return nil
}
