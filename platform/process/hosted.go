package process

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/lifecycle"
)

// Build wires a service. It serves nothing yet and leaves nothing open where it fails.
type Build func(ctx context.Context, env *Env) (Service, error)

// Hosted is one service of a process. It can be stopped and started again while the rest of the process goes on:
// every Start wires it anew, as a new process would. It is a lifecycle.Part and serves the service's API; while the
// service is stopped a request's connection is dropped, as a process that is not there would do.
type Hosted struct {
	name  string
	host  *Host
	build Build

	mu      sync.Mutex // held while starting and stopping
	running atomic.Pointer[running]
}

// running is a started service with what is in front of it.
type running struct {
	service Service
	env     *Env
	parts   *lifecycle.Group
	front   http.Handler
}

// Hosted returns the service under its name, and mounts its health and its commands on the process's admin port.
func (h *Host) Hosted(name string, build Build) *Hosted {
	s := &Hosted{name: name, host: h, build: build}
	h.Admin.Handle("/admin/"+name+"/", http.HandlerFunc(s.serveAdmin))
	h.Admin.Show("GET /healthz/"+name, http.HandlerFunc(s.serveHealth))
	return s
}

// Start wires the service and starts it. Starting a started one does nothing.
func (s *Hosted) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running.Load() != nil {
		return nil
	}
	env, err := s.host.Env(s.name)
	if err != nil {
		return err
	}
	service, err := s.build(ctx, env)
	if err != nil {
		return errors.Join(fmt.Errorf("wire %s: %w", s.name, err), env.Telemetry.Shutdown(ctx))
	}
	// Stopped in reverse: the service drains while its telemetry still listens.
	parts := &lifecycle.Group{}
	parts.Add("telemetry", lifecycle.Funcs(nil, env.Telemetry.Shutdown))
	parts.Add("authentication", authentication(s.name, env))
	parts.Add(s.name, service)
	r := &running{service: service, env: env, parts: parts, front: front(env, service)}
	// Reachable before the verifier asks for keys: the identity service asks itself.
	s.running.Store(r)
	if err := parts.Start(ctx); err != nil {
		s.running.Store(nil)
		return errors.Join(err, service.Stop(ctx)) // it has a store open since it was built, started or not
	}
	return nil
}

// Stop drains the service. Stopping a stopped one does nothing.
func (s *Hosted) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.running.Swap(nil)
	if r == nil {
		return nil
	}
	return r.parts.Stop(ctx)
}

// ServeHTTP serves the service's API behind the middleware every service has.
func (s *Hosted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.current().front.ServeHTTP(w, r)
}

func (s *Hosted) serveAdmin(w http.ResponseWriter, r *http.Request) {
	s.current().env.Admin.ServeHTTP(w, r)
}

func (s *Hosted) serveHealth(w http.ResponseWriter, r *http.Request) {
	s.current() // drops the connection where nobody is there to be healthy
	s.host.Health.Of(s.name, s.host.Version).ServeHTTP(w, r)
}

// current drops the connection where the service is stopped.
func (s *Hosted) current() *running {
	r := s.running.Load()
	if r == nil {
		panic(http.ErrAbortHandler)
	}
	return r
}

// front puts telemetry outermost, so that refused and panicking requests are seen too.
func front(env *Env, s Service) http.Handler {
	return env.Telemetry.Server(httpserver.Recover(env.Telemetry.Logger, env.failing(env.Verifier.Middleware(s.Handler()))))
}
