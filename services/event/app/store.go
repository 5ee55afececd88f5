package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/outbox"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/event/dynamodb"
	"github.com/myevents/myevents/services/event/mongodb"
	"github.com/myevents/myevents/services/event/sqlite"
)

// store is all that the service keeps.
type store interface {
	event.Store
	Outbox() outbox.Log
	DeadLetters() deadletter.Store
	Check(ctx context.Context) (map[string]any, error) // for the health page
	Close() error
}

// openStore opens the store that the URL names. New kinds of stores are added here.
func openStore(ctx context.Context, rawURL string, env *process.Env) (store, error) {
	scheme, rest, _ := strings.Cut(rawURL, ":")
	switch scheme {
	case "sqlite":
		s, err := sqlite.Open(ctx, sqlite.Options{Path: rest})
		return opened(s, err, env, "sqlite")
	case "dynamodb":
		s, err := dynamodb.Open(ctx, dynamodb.Options{URL: rawURL})
		return opened(s, err, env, "aws.dynamodb")
	case "mongodb":
		s, err := mongodb.Open(ctx, mongodb.Options{URL: rawURL})
		return opened(s, err, env, "mongodb")
	default:
		return nil, fmt.Errorf("event store: the scheme is %q, must be sqlite (as sqlite:PATH), dynamodb "+
			"(as dynamodb://REGION/TABLE_PREFIX) or mongodb (as mongodb://HOST:PORT/DATABASE)", scheme)
	}
}

// opened registers the metrics of a store, and measures it under the name its kind has in telemetry.
func opened[S interface {
	store
	Metrics() []prometheus.Collector
}](s S, err error, env *process.Env, system string) (store, error) {
	if err != nil {
		return nil, fmt.Errorf("event store: %w", err)
	}
	env.Telemetry.Registerer.MustRegister(s.Metrics()...)
	return newMeasured(withFaults(s, env.Faults), env.Telemetry, system), nil
}
