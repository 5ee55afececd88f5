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
}

// flag is one of flagd, as faults have them: on for one service.
type flag struct {
	State          string         `json:"state"`
	Variants       map[string]any `json:"variants"`
	DefaultVariant string         `json:"defaultVariant"`
	Targeting      any            `json:"targeting"`
}

// open starts everything. What it returns is to be closed, also with an error.
func open(ctx context.Context, o Options, settings map[string][]string) (*platform, error) {
	dir, err := os.MkdirTemp("", "myevents-drill-")
	if err != nil {
		return nil, err
	}
	p := &platform{options: o, opened: time.Now(), dir: dir, flags: map[string]flag{}, lines: newLines()}
	if err := errors.Join(p.writeFlags(), writeCertificate(dir, goodFor)); err != nil {
		return p, err
	}
	p.processes, err = worlds.StartProcesses(ctx, worlds.ProcessOptions{
		Bin: o.Tools.Services, Dir: dir, Line: p.lines.open, Settings: p.settings(settings),
	})
	if err != nil {
		return p, err
	}
	if p.monitoring, err = startMonitoring(ctx, o, dir, p.adminPorts()); err != nil {
		return p, err
	}
	if p.visitors, err = welcome(ctx, p.processes.Gateway()); err != nil {
		return p, err
	}
	p.visitors.come(context.WithoutCancel(ctx))
	return p, nil
}

// adminPorts returns where metrics are, by service.
func (p *platform) adminPorts() map[string][]string {
	at := map[string][]string{}
	for _, service := range services() {
		url, _ := p.processes.Admin(service)
		at[service] = []string{strings.TrimPrefix(url, "http://")}
	}
	return at
}

// deploy starts another instance of the service, which is watched as the others are.
func (p *platform) deploy(ctx context.Context, service string) error {
	admin, err := freeAddress()
	if err != nil {
		return err
	}
	at := p.adminPorts()
	at[service] = append(at[service], admin)
	return errors.Join(p.processes.StartInstance(ctx, service, "next", admin), p.monitoring.watch(at))
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

// set switches a fault on in one service, and off with a nil value.
func (p *platform) set(fault, service string, value any) error {
	delete(p.flags, fault)
	if value != nil {
		p.flags[fault] = flag{
			State: "ENABLED", DefaultVariant: "off", Variants: map[string]any{"off": zero(value), "on": value},
			Targeting: map[string]any{"if": []any{map[string]any{"==": []any{map[string]any{"var": "service"}, service}}, "on"}},
		}
	}
	return p.writeFlags()
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
func (p *platform) writeFlags() error {
	document, err := json.Marshal(map[string]any{"flags": p.flags})
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.flagFile()+".new", document, 0o600); err != nil {
		return err
	}
	return os.Rename(p.flagFile()+".new", p.flagFile())
}

// close ends everything. A service that does not stop cleanly, or has logged what is no log line, is an error.
func (p *platform) close(ctx context.Context) error {
	if p.visitors != nil {
		p.visitors.goHome()
	}
	var failures []error
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
