// Package stack runs the whole platform in containers: the services' own images on one of the brokers and stores, beside a
// real Zipkin and a real Prometheus. It is a world of the feature files, which all scenarios of a run share.
package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/containers"
	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/features/worlds"
)

// Stack is a platform that runs. Create it with Start.
type Stack struct {
	broker    *containers.Container
	forgetful bool // the broker keeps nothing over a restart: it goes away from the network only
	stores    []*containers.Container
	services  map[string]*containers.Container // by name
	telemetry []*containers.Container
	traces    *doors.Zipkin
	metrics   *doors.Prometheus
	pages     *doors.Scraped        // the services' own pages of metrics
	shipper   *containers.Container // of the log lines; nil without an Elasticsearch
	lines     *doors.Elasticsearch  // where the shipper takes them
}

// Start starts the parts that were chosen and the services, and returns when all are ready. Where it fails, it removes
// what it has started. Those that alter may change what the broker, the stores and the services are told, before they start.
func Start(ctx context.Context, c Choice, alter ...func(*containers.Part) error) (*Stack, error) {
	p, err := c.plan()
	if err != nil {
		return nil, err
	}
	if err := p.alter(alter); err != nil {
		return nil, err
	}
	s := &Stack{forgetful: p.forgetful, services: map[string]*containers.Container{}}
	if err := s.start(ctx, p); err != nil {
		return nil, errors.Join(err, s.remove(context.WithoutCancel(ctx)))
	}
	s.traces = doors.NewZipkin("http://" + s.telemetry[0].Address("9411/tcp"))
	s.metrics = doors.NewPrometheus("http://" + s.telemetry[1].Address("9090/tcp"))
	var adminURLs []string
	for _, service := range s.services {
		adminURLs = append(adminURLs, "http://"+service.Address(adminPort))
	}
	s.pages = doors.Scrape(adminURLs...)
	return s, nil
}

// start starts what the services need, then the services. What keeps their telemetry gets ready meanwhile.
func (s *Stack) start(ctx context.Context, p plan) error {
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() (err error) {
		s.telemetry, err = startAll(ctx, containers.Zipkin(), containers.Prometheus(scrapeConfig()))
		return err
	})
	all.Go(func() error {
		needed, err := startAll(ctx, append([]containers.Part{p.broker}, p.stores...)...)
		s.broker, s.stores = needed[0], needed[1:]
		if err != nil {
			return err
		}
		all.Go(func() error { return s.shipLogs(ctx) })
		services, err := startAll(ctx, p.services...)
		for i, service := range services {
			s.services[p.services[i].Name] = service
		}
		return err
	})
	return all.Wait()
}

// startAll starts parts side by side. Where one does not start, it gives the others up; their places are nil.
func startAll(ctx context.Context, parts ...containers.Part) ([]*containers.Container, error) {
	started := make([]*containers.Container, len(parts))
	all, ctx := errgroup.WithContext(ctx)
	for i, part := range parts {
		all.Go(func() (err error) {
			started[i], err = containers.Start(ctx, part)
			return err
		})
	}
	return started, all.Wait()
}

// Stop stops the services as an orchestrator would, the gateway first, then removes everything. It fails where a service
// did not end cleanly, or has logged a line that is not as it should be.
func (s *Stack) Stop(ctx context.Context) error {
	var failures []error
	for _, name := range slices.Backward(serviceNames()) {
		failures = append(failures, s.stopService(ctx, name))
		logs, err := s.services[name].Logs(ctx)
		failures = append(failures, err, worlds.InOrder(logs))
	}
	s.traces.Close()
	s.metrics.Close()
	if s.lines != nil {
		s.lines.Close()
	}
	return errors.Join(append(failures, s.pages.Close(), s.remove(ctx))...)
}

func (s *Stack) stopService(ctx context.Context, name string) error {
	if err := s.services[name].Stop(ctx); err != nil {
		return err
	}
	_, code, err := s.services[name].Ended(ctx)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s should have stopped cleanly, but ended with the exit code %d", name, code)
	}
	return err
}

func (s *Stack) remove(ctx context.Context) error {
	removals, ctx := errgroup.WithContext(ctx)
	for _, c := range s.all() {
		removals.Go(func() error { return c.Remove(ctx) })
	}
	return removals.Wait()
}

// all returns what runs, the services first.
func (s *Stack) all() []*containers.Container {
	var all []*containers.Container
	for _, name := range slices.Sorted(maps.Keys(s.services)) {
		all = append(all, s.services[name])
	}
	all = append(append(append(append(all, s.broker), s.stores...), s.telemetry...), s.shipper)
	return slices.DeleteFunc(all, func(c *containers.Container) bool { return c == nil }) // did not start
}

// Part returns what runs under a host name, such as booking or rabbitmq; nil where nothing does.
func (s *Stack) Part(name string) *containers.Container {
	all := s.all()
	if i := slices.IndexFunc(all, func(c *containers.Container) bool { return c.Name() == name }); i >= 0 {
		return all[i]
	}
	return nil
}

// Gateway returns the URL of the gateway.
func (s *Stack) Gateway() string { return "http://" + s.services["gateway"].Address(publicPort) }

// Source hands the stack to every scenario, as long as all of it runs: without a broker each scenario would lose its
// patience before it failed.
func (s *Stack) Source(ctx context.Context) (worlds.World, error) {
	for _, c := range s.all() {
		if ended, code, err := c.Ended(ctx); err != nil {
			return nil, err
		} else if ended {
			return nil, fmt.Errorf("%s has ended by itself, with the exit code %d", c.Name(), code)
		}
	}
	return &world{Stack: s, began: time.Now(), down: map[*containers.Container]func(context.Context) error{}}, nil
}
