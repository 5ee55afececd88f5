// Package admin is the one port of a process that is not for its users: metrics, health, profiles, and the commands of
// operators. It belongs on a private network.
package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/health"
	"github.com/myevents/myevents/platform/httpserver"
)

// writeTimeout lets a 60 s profile and a long replay finish.
const writeTimeout = 10 * time.Minute

// Options describe the admin port.
type Options struct {
	Listen   string               // address, such as ":9100"
	Registry *prometheus.Registry // served at /metrics
	Health   *health.Registry     // served at /livez, /readyz and /healthz
	Token    config.Secret        // what callers of Handle's routes must show; empty: nobody may call them
	Failed   func(error)          // told when serving ends before Stop; nil: nobody is
}

// Server is the admin port. It is a lifecycle.Part.
type Server struct {
	mux    *httpserver.Mux
	server *httpserver.Server
	token  config.Secret
}

// New returns a server that serves metrics, health and profiles; Show adds more to look at, and Handle commands.
func New(o Options) *Server {
	s := &Server{mux: httpserver.NewMux(), token: o.Token}
	s.server = httpserver.NewServer(httpserver.ServerOptions{
		Name: "admin port", Listen: o.Listen, Handler: s.mux, Timeouts: httpserver.Timeouts{Write: writeTimeout}, Failed: o.Failed,
	})
	s.handleMetrics(o.Registry)
	s.handleHealth(o.Health.Handler())
	s.handleProfiles()
	return s
}

// Handle adds a command. Callers must send the admin token as a bearer token; see http.ServeMux for patterns.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, s.authenticated(h)) }

// Show adds something to look at. It is open to whoever reaches the port, as metrics and profiles are.
func (s *Server) Show(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Handler serves what the port serves, without the port.
func (s *Server) Handler() http.Handler { return s.mux }

// Start binds the port.
func (s *Server) Start(ctx context.Context) error { return s.server.Start(ctx) }

// Stop closes the port and waits for the calls in flight.
func (s *Server) Stop(ctx context.Context) error { return s.server.Stop(ctx) }

// Addr returns the address the port listens on, once started.
func (s *Server) Addr() string { return s.server.Addr() }

func (s *Server) handleMetrics(registry *prometheus.Registry) {
	s.mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		EnableOpenMetrics: true, // exemplars exist only in this format
		Registry:          registry,
		ErrorHandling:     promhttp.ContinueOnError, // what can be read is served, and the rest counted
	}))
}

func (s *Server) handleHealth(h http.Handler) {
	for _, path := range []string{"/livez", "/readyz", "/healthz"} {
		s.mux.Handle("GET "+path, h)
	}
}

// handleProfiles leaves out /debug/pprof/cmdline: there may be secrets among the arguments.
func (s *Server) handleProfiles() {
	s.mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	s.mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	s.mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	s.mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
}

func (s *Server) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.authenticate(r); err != nil {
			httpserver.WriteProblem(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) authenticate(r *http.Request) error {
	if s.token == "" {
		return fault.New(fault.Forbidden, "admin-token-not-configured",
			"This process was started without an admin token, so nobody may do this. Set ADMIN_TOKEN.")
	}
	given, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer || !same(given, s.token.Reveal()) {
		return fault.New(fault.Unauthenticated, "admin-token-invalid", "This needs the admin token as a bearer token.")
	}
	return nil
}

// same compares in a time that tells nothing about the token, not even its length: hence the hashes.
func same(given, token string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
