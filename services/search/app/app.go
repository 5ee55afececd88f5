// Package app wires the search service.
package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/services/search"
	"github.com/myevents/myevents/services/search/httpapi"
)

const (
	serviceName = "search"

	// pace makes one commit of the many bookings of a busy moment. They are found that much later then, at most.
	pace = 100 * time.Millisecond
)

// Config is what the search service can be told.
type Config struct {
	Index string `help:"Index of events and bookings: bleve:DIR, or another URL of docs/stores.md." default:"bleve:search.bleve"`
	Store string `help:"Store of dead letters: sqlite:PATH, or another URL of docs/stores.md." default:"sqlite:search.db"`
}

// App is the search service, ready to be hosted. It is a process.Service.
type App struct {
	index *index
	store *store
	api   *httpserver.API
	idle  func() bool
	parts lifecycle.Group
}

var _ process.Service = (*App)(nil)

// New wires the service. It opens the index and the store, which Stop closes, also where Start was never called.
func New(ctx context.Context, c Config, env *process.Env) (*App, error) {
	index, err := openIndex(ctx, c.Index, env.Telemetry)
	if err != nil {
		return nil, err
	}
	store, err := openStore(ctx, c.Store, env.Telemetry)
	if err != nil {
		return nil, errors.Join(err, index.close())
	}
	a := &App{index: withFaults(index, env.Faults), store: store}
	if err := a.wire(env); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *App) wire(env *process.Env) error {
	indexer := search.NewIndexer(a.index)
	consumer := a.newConsumer(env, indexer)
	letters := env.DeadLetters(serviceName, a.store.letters, consumer.Process)

	a.api = newAPI(search.NewService(a.index, env.Clock), letters, httpapi.Options{
		Audit: env.Telemetry.Audit, Failed: env.Telemetry.Failed,
	})
	if err := env.Declare(a.api); err != nil {
		return err
	}
	env.Health.Need(serviceName+".index", a.index.check)
	env.Health.Register(serviceName+".store", a.store.check)
	(&admin{index: a.index, indexer: indexer, env: env}).register(env.Admin)

	a.parts.Add("consumer", consumer)
	a.idle = consumer.Idle
	return nil
}

func (a *App) newConsumer(env *process.Env, indexer *search.Indexer) *messaging.Consumer {
	consumer := messaging.NewConsumer(messaging.ConsumerOptions{
		Service: serviceName, Broker: env.Broker, Telemetry: env.Telemetry, DeadLetters: a.store.letters,
		Clock: env.Clock, Middleware: env.ConsumerMiddleware,
	})
	for topic, types := range search.MessageTypes() {
		consumer.HandleBatches(topic, types, pace, indexer.Handle)
	}
	return consumer
}

func newAPI(s *search.Service, letters *deadletter.Queue, o httpapi.Options) *httpserver.API {
	api := httpapi.New(s, o)
	deadletter.Register(api, letters)
	return api
}

// Start begins to index what is published.
func (a *App) Start(ctx context.Context) error {
	if err := a.parts.Start(ctx); err != nil {
		return errors.Join(err, a.close())
	}
	return nil
}

// Stop applies the messages in flight, as far as ctx allows, and closes the index and the store.
func (a *App) Stop(ctx context.Context) error {
	return errors.Join(a.parts.Stop(ctx), a.close())
}

func (a *App) close() error { return errors.Join(a.index.close(), a.store.close()) }

// Handler serves the API.
func (a *App) Handler() http.Handler { return a.api.Handler() }

// Idle reports whether every message that came in is in the index.
func (a *App) Idle(context.Context) bool { return a.idle() }

// Document returns the OpenAPI document of the service.
func Document() []byte { return newAPI(nil, nil, httpapi.Options{}).Document() }
