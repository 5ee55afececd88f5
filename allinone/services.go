package allinone

import (
	"context"
	"path/filepath"

	"github.com/myevents/myevents/platform/messaging"
	"github.com/myevents/myevents/platform/messaging/embedded"
	"github.com/myevents/myevents/platform/process"
	booking "github.com/myevents/myevents/services/booking/app"
	event "github.com/myevents/myevents/services/event/app"
	gateway "github.com/myevents/myevents/services/gateway/app"
	identity "github.com/myevents/myevents/services/identity/app"
	search "github.com/myevents/myevents/services/search/app"
)

// importers are the two services the demo data goes into.
type importers struct {
	identity *identity.App
	event    *event.App
}

// hostServices says how each service is wired here: its store in a file of the data directory.
func (a *App) hostServices() {
	store := func(name string) string { return "sqlite:" + filepath.Join(a.config.Data, name+".db") }
	a.services["identity"] = a.host.Hosted("identity", func(ctx context.Context, env *process.Env) (process.Service, error) {
		app, err := identity.New(ctx, identity.Config{
			Store: store("identity"), Pepper: a.config.Pepper, PasswordCost: a.config.PasswordCost,
			KeyRotation: a.config.KeyRotation, BootstrapOperator: a.config.BootstrapOperator,
		}, env)
		a.importers.identity = app
		return app, err
	})
	a.services["event"] = a.host.Hosted("event", func(ctx context.Context, env *process.Env) (process.Service, error) {
		app, err := event.New(ctx, event.Config{Store: store("event")}, env)
		a.importers.event = app
		return app, err
	})
	a.services["booking"] = a.host.Hosted("booking", func(ctx context.Context, env *process.Env) (process.Service, error) {
		return booking.New(ctx, booking.Config{Store: store("booking"), Watch: a.config.Watch}, env)
	})
	a.services["search"] = a.host.Hosted("search", func(ctx context.Context, env *process.Env) (process.Service, error) {
		index := "bleve:" + filepath.Join(a.config.Data, "search.index")
		return search.New(ctx, search.Config{Store: store("search"), Index: index}, env)
	})
	a.services["gateway"] = a.host.Hosted("gateway", func(ctx context.Context, env *process.Env) (process.Service, error) {
		return gateway.New(ctx, a.config.Gateway, env)
	})
}

// brokerPart is the embedded broker: started before the services, which get their connection from the host.
type brokerPart struct {
	dir    string
	host   *process.Host
	wrap   func(messaging.Broker) messaging.Broker // nil: nothing is wrapped around it
	server *embedded.Server
}

func (b *brokerPart) Start(ctx context.Context) error {
	log, err := b.host.Logger("broker")
	if err != nil {
		return err
	}
	server, err := embedded.Start(embedded.Options{Dir: b.dir, Log: log})
	if err != nil {
		return err
	}
	broker, err := server.Connect(ctx)
	if err != nil {
		server.Stop()
		return err
	}
	b.server, b.host.Broker = server, broker
	if b.wrap != nil {
		b.host.Broker = b.wrap(broker)
	}
	b.host.Health.Register("broker", process.BrokerCheck(broker))
	return nil
}

func (b *brokerPart) Stop(context.Context) error {
	if b.server == nil {
		return nil
	}
	err := b.host.Broker.Close()
	b.server.Stop()
	return err
}
