// Package app wires the event service: its store, use cases, API, outbox relay and consumers.
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
	"github.com/myevents/myevents/platform/pagecache"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/event/httpapi"
)

const (
	name    = "event"
	version = "1.0.0" // of the API

	// seatsPace makes one commit of the many bookings of a busy moment. Pages show seats later than that anyway; a commit
	// writes up to a row for every event on sale, so four times as many of them would cost each booking 2 % more.
	seatsPace = 100 * time.Millisecond
)

// Config is what the event service can be told.
type Config struct {
	Store string `default:"sqlite:event.db" help:"Where events and locations are kept: sqlite:PATH, or another URL of docs/stores.md."`
}

// App is the event service. Create it with New, then Start and Stop it once.
type App struct {
	store   store
	service *event.Service
	handler http.Handler
	relay   *outbox.Relay
	idle    func() bool
	parts   *lifecycle.Group
}

// New opens the store and wires the service. It serves nothing yet, and leaves nothing open where it fails.
func New(ctx context.Context, c Config, env *process.Env) (*App, error) {
	s, err := openStore(ctx, c.Store, env)
	if err != nil {
		return nil, err
	}
	a, err := wire(s, env)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return a, nil
}

func wire(s store, env *process.Env) (*App, error) {
	pages := pagecache.New(pagecache.Options{Path: httpapi.ListPath, Clock: time.Now})
	env.Telemetry.Registerer.MustRegister(pagecache.Metrics(pages))
	service := event.New(event.Options{
		Store: s, Clock: env.Clock, NewID: env.NewID, Trace: telemetry.Traceparent, Changed: pages.Changed, Moved: pages.Moved,
	})
	consumer := newConsumer(s, service, env, pages)
	letters := env.DeadLetters(name, s.DeadLetters(), consumer.Process)
	api := newAPI(service, letters, env.Telemetry)
	if err := env.Declare(api); err != nil {
		return nil, fmt.Errorf("event API: %w", err)
	}
	relay := env.Outbox(name, s.Outbox())
	env.Health.Need("event.store", s.Check)

	// Stopped in reverse: no more messages come in, and what is committed is published.
	parts := &lifecycle.Group{}
	parts.Add("outbox relay", relay)
	parts.Add("consumer", consumer)
	return &App{store: s, service: service, handler: pages.Handler(api.Handler()), relay: relay, idle: consumer.Idle, parts: parts}, nil
}

// newConsumer returns the service's message handlers. Other instances of the service commit too; what they change is
// heard of by broadcast. Their seats are not: so many messages would cost more than the pages they could renew, which
// their longest age keeps young enough.
func newConsumer(s store, service *event.Service, env *process.Env, pages *pagecache.Cache) *messaging.Consumer {
	options := messaging.ConsumerOptions{
		Service: name, Broker: env.Broker, Telemetry: env.Telemetry, DeadLetters: s.DeadLetters(), Clock: env.Clock,
		Middleware: env.ConsumerMiddleware,
	}
	consumer := messaging.NewConsumer(options)
	consumer.HandleBatches(contracts.TopicBooking, []string{contracts.BookingConfirmed, contracts.BookingCancelled}, seatsPace,
		takeSeats(service))
	renew := renewPages(pages)
	consumer.Broadcast(contracts.TopicEvent, map[string]messaging.Handler{
		contracts.EventCreated: renew, contracts.EventChanged: renew, contracts.EventCancelled: renew,
	})
	return consumer
}

func newAPI(s *event.Service, letters *deadletter.Queue, t *telemetry.Telemetry) *httpserver.API {
	api := httpapi.New(s, httpapi.Options{
		Version: version, Audit: t.Audit, Failed: t.Failed,
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

// Import creates the locations and events that are not there yet, as their organizers would have done.
func (a *App) Import(ctx context.Context, locations []event.KnownLocation, events []event.KnownEvent) error {
	return a.service.Import(ctx, locations, events)
}

// Idle reports whether everything committed is published and every message that came in is processed.
func (a *App) Idle(ctx context.Context) bool {
	pending, err := a.relay.Pending(ctx)
	return err == nil && pending == 0 && a.idle()
}
