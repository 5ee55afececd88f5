// Package app wires the booking service: its store, use cases, API, outbox relay, consumer and auditor.
package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/booking"
	"github.com/myevents/myevents/services/booking/httpapi"
)

const (
	name    = "booking"
	version = "1.0.0" // of the API
)

// Config is what the booking service can be told.
type Config struct {
	Store string `default:"sqlite:booking.db" help:"Where bookings and seats are kept: sqlite:PATH, or another URL of docs/stores.md."`
	Watch `embed:""`
}

// Watch says how closely the inventories are watched.
type Watch struct {
	SeatsLeftCount int           `default:"20" help:"How many events have a series of seats left of their own."`
	AuditInterval  time.Duration `default:"10s" help:"How often seats taken are compared with seats booked."`
}

// App is the booking service. Create it with New, then Start and Stop it once.
type App struct {
	store   store
	handler http.Handler
	relay   *outbox.Relay
	idle    func() bool
	parts   *lifecycle.Group
}

// New opens the store, finishes what a crash has left half-done and wires the service. It serves nothing yet, and leaves
// nothing open where it fails.
func New(ctx context.Context, c Config, env *process.Env) (*App, error) {
	s, err := openStore(ctx, c.Store, env)
	if err != nil {
		return nil, err
	}
	if err := s.Recover(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("recover bookings: %w", err), s.Close())
	}
	a, err := wire(s, c, env)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return a, nil
}

func wire(s store, c Config, env *process.Env) (*App, error) {
	service := &booking.Service{Store: s, Recorder: newRecorder(env.Telemetry), Clock: env.Clock, NewID: env.NewID}
	consumer := newConsumer(s, service, env)
	letters := env.DeadLetters(name, s.DeadLetters(), consumer.Process)
	api := newAPI(service, letters, env.Telemetry)
	if err := env.Declare(api); err != nil {
		return nil, fmt.Errorf("booking API: %w", err)
	}
	relay := env.Outbox(name, s.Outbox())
	(&admin{service: service, env: env}).register(env.Admin)
	env.Health.Need("booking.store", func(ctx context.Context) (map[string]any, error) { return s.Stats(), s.Ping(ctx) })

	// Stopped in reverse: no more messages come in, and what is committed is published.
	parts := &lifecycle.Group{}
	parts.Add("outbox relay", relay)
	parts.Add("auditor", newAuditor(service, newSeatsLeft(env.Telemetry.Registerer, c.SeatsLeftCount), env.Telemetry, c.AuditInterval))
	parts.Add("consumer", consumer)
	return &App{store: s, handler: api.Handler(), relay: relay, idle: consumer.Idle, parts: parts}, nil
}

func newConsumer(s store, service *booking.Service, env *process.Env) *messaging.Consumer {
	consumer := messaging.NewConsumer(messaging.ConsumerOptions{
		Service: name, Broker: env.Broker, Telemetry: env.Telemetry, DeadLetters: s.DeadLetters(), Clock: env.Clock,
		Middleware: env.ConsumerMiddleware,
	})
	consumer.Handle(contracts.TopicEvent, map[string]messaging.Handler{
		contracts.EventCreated:   service.ApplyEvent,
		contracts.EventChanged:   service.ApplyEvent,
		contracts.EventCancelled: service.ApplyEvent,
	})
	return consumer
}

func newAPI(s *booking.Service, letters *deadletter.Queue, t *telemetry.Telemetry) *httpserver.API {
	api := httpapi.New(s, httpapi.Options{
		Version: version, Trace: telemetry.Traceparent, Audit: t.Audit, Failed: t.Failed,
	})
	deadletter.Register(api, letters)
	return api
}

// Document returns the OpenAPI document of the service.
func Document() []byte {
	return newAPI(nil, nil, &telemetry.Telemetry{}).Document()
}

// Start begins to publish and to consume.
func (a *App) Start(ctx context.Context) error { return a.parts.Start(ctx) }

// Stop drains the service and closes its store. It is idempotent.
func (a *App) Stop(ctx context.Context) error {
	return errors.Join(a.parts.Stop(ctx), a.store.Close())
}

// Handler serves the API.
func (a *App) Handler() http.Handler { return a.handler }

// Idle reports whether everything committed is published and every message that came in is processed.
func (a *App) Idle(ctx context.Context) bool {
	pending, err := a.relay.Pending(ctx)
	return err == nil && pending == 0 && a.idle()
}
