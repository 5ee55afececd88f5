package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/process"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/door"
	"github.com/myevents/myevents/services/gateway/forward"
	"github.com/myevents/myevents/services/gateway/seats"
)

// newFeed returns the feed of seats, which asks the event service.
func newFeed(env *process.Env, services []*forward.Service, clients door.Clients) *seats.Feed {
	return seats.New(seats.Options{
		Ask: seats.AskEvents(named(services, gateway.Event)), Client: clients.Of, Registerer: env.Telemetry.Registerer,
		Failed: func(ctx context.Context, err error) {
			env.Telemetry.Logger(ctx).Warn().Err(err).Str("event.action", "gateway.forward").Str("service.target.name", gateway.Event).
				Msg("no answer to how many seats are left; asking again every second")
		},
	})
}

func registerSeats(api *httpserver.API, feed http.Handler) {
	fewest, most, longest := 1, 50, 100
	httpserver.RegisterStream[seats.Seats](api, huma.Operation{
		OperationID: "watch-seats", Method: http.MethodGet, Path: "/api/v1/seats", Tags: []string{"browser"},
		Summary: "Follow how many seats are left",
		Description: "A stream of server-sent events called `seats`: first one for each event that exists, then one for each that " +
			"has changed. Problems: `invalid-request`, `too-many-streams`.",
		Parameters: []*huma.Param{{
			Name: "event", In: "query", Required: true, Description: "Id of an event; repeatable",
			Schema: &huma.Schema{
				Type: huma.TypeArray, MinItems: &fewest, MaxItems: &most, Items: &huma.Schema{Type: huma.TypeString, MaxLength: &longest},
			},
		}},
		Errors: []int{http.StatusBadRequest, http.StatusTooManyRequests},
	}, feed)
}

// named returns the service of that name, which is one of those there are.
func named(services []*forward.Service, name string) *forward.Service {
	for _, s := range services {
		if s.Name() == name {
			return s
		}
	}
	panic("there is no service " + name)
}
