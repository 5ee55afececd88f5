// Package app wires the identity service.
package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/myevents/myevents/platform/config"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/lifecycle"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/platform/telemetry"
	"github.com/myevents/myevents/services/identity"
	"github.com/myevents/myevents/services/identity/httpapi"
	"github.com/myevents/myevents/services/identity/passwords"
)

const serviceName = "identity"

// Config is what the identity service can be told. The zero value is not usable: Pepper has no default.
type Config struct {
	Store        string        `help:"Users, sessions and keys: sqlite:PATH, or another URL of docs/stores.md." default:"sqlite:identity.db"`
	Pepper       config.Secret `help:"Secret that all password hashes depend on; if it is lost, nobody can sign in."`
	PasswordCost int           `help:"Cost of a password hash; each step doubles the time." default:"12"`
	KeyRotation  time.Duration `help:"How long a key signs tokens before the next one does." default:"24h"`
	// BootstrapOperator is a Secret because the configuration is logged, and logs hold no e-mail addresses.
	BootstrapOperator config.Secret `help:"E-mail address of the first operator." placeholder:"EMAIL"`
}

// App is the identity service, ready to be hosted. It is a process.Service.
type App struct {
	store   *store
	service *identity.Service
	api     *httpserver.API
	relay   *outbox.Relay
	parts   lifecycle.Group
}

var _ process.Service = (*App)(nil)

// New wires the service. It opens the store, which Stop closes, also where Start was never called.
func New(ctx context.Context, c Config, env *process.Env) (*App, error) {
	hasher, err := passwords.New(c.Pepper.Reveal(), c.PasswordCost)
	if err != nil {
		return nil, fmt.Errorf("--pepper, --password-cost: %w", err)
	}
	store, err := openStore(ctx, c.Store, env.Telemetry)
	if err != nil {
		return nil, err
	}
	a := &App{store: store}
	if err := a.wire(c, hasher, env); err != nil {
		return nil, errors.Join(err, store.close())
	}
	return a, nil
}

func (a *App) wire(c Config, hasher *passwords.Hasher, env *process.Env) (err error) {
	a.service, err = identity.New(identity.Options{
		Store: a.store, Passwords: hasher, Clock: env.Clock, NewID: env.NewID,
		KeyRotation: c.KeyRotation, BootstrapOperator: c.BootstrapOperator.Reveal(),
		Audit: env.Telemetry.Audit, Trace: telemetry.Traceparent, Revoked: env.Verifier.Revoke,
	})
	if err != nil {
		return fmt.Errorf("--key-rotation, --bootstrap-operator: %w", err)
	}
	a.api = httpapi.New(a.service, httpapi.Options{
		Audit: env.Telemetry.Audit, Failed: env.Telemetry.Failed,
	})
	if err := env.Declare(a.api); err != nil {
		return err
	}
	env.Health.Need(serviceName+".store", a.store.check)
	a.relay = env.Outbox(serviceName, a.store.log)
	a.parts.Add("first operator", lifecycle.Funcs(a.service.Bootstrap, nil))
	a.parts.Add("outbox relay", a.relay)
	return nil
}

// Start makes the configured first operator one and starts to publish messages.
func (a *App) Start(ctx context.Context) error {
	if err := a.parts.Start(ctx); err != nil {
		return errors.Join(err, a.store.close())
	}
	return nil
}

// Stop publishes the messages that wait, as far as ctx allows, and closes the store.
func (a *App) Stop(ctx context.Context) error {
	return errors.Join(a.parts.Stop(ctx), a.store.close())
}

// Handler serves the API and, for verifiers, the public keys and the revocations.
func (a *App) Handler() http.Handler { return a.api.Handler() }

// Import adds users who share one password; see identity.Service.Import. It may be called before Start.
func (a *App) Import(ctx context.Context, password string, users []identity.ImportedUser) error {
	return a.service.Import(ctx, password, users)
}

// Idle reports whether everything committed is published.
func (a *App) Idle(ctx context.Context) bool {
	pending, err := a.relay.Pending(ctx)
	return err == nil && pending == 0
}

// Document returns the OpenAPI document of the service.
func Document() []byte { return httpapi.New(nil, httpapi.Options{}).Document() }
