package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/contracts/openapi"
	"github.com/myevents/myevents/platform/deadletter"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/platform/pagecache"
	"github.com/myevents/myevents/services/gateway"
	"github.com/myevents/myevents/services/gateway/apidocs"
	"github.com/myevents/myevents/services/gateway/browser"
	"github.com/myevents/myevents/services/gateway/deadletters"
	"github.com/myevents/myevents/services/gateway/forward"
	"github.com/myevents/myevents/services/gateway/operator"
)

// own is what the gateway answers itself.
type own struct {
	services []*forward.Service
	view     operator.Options
	page     browser.Options
	seats    http.Handler
}

// newAPI returns everything behind the door: the gateway's own operations, the routes to the services, and the
// description of both.
func newAPI(o httpserver.APIOptions, answers own, pages *pagecache.Cache) (*httpserver.API, error) {
	api := newOwnAPI(o, answers)
	if err := api.Err(); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	byName := make(map[string]http.Handler, len(answers.services))
	for _, s := range answers.services {
		byName[s.Name()] = s
	}
	byName[gateway.Event] = withPages(pages, byName[gateway.Event])
	for _, route := range gateway.Routes() {
		api.Handle(route.Pattern, byName[route.Service])
	}
	letter := byIDPrefix(consumers(answers.services))
	for _, pattern := range []string{gateway.DeadLetter, gateway.RequeueDeadLetter, gateway.DropDeadLetter} {
		api.Handle(pattern, letter)
	}
	docs, err := apidocs.New(openapi.Merged(), contracts.Access())
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	api.Handle("GET /docs", docs)
	api.Handle("GET /docs/style.css", docs)
	api.Handle("GET /openapi.json", http.HandlerFunc(serveDocument))
	return api, nil
}

// newOwnAPI returns the operations the gateway answers itself.
func newOwnAPI(o httpserver.APIOptions, answers own) *httpserver.API {
	o.Title = "MyEvents"
	o.Version = "1"
	o.Description = "Events, bookings, search and users of MyEvents, through one door."
	o.Access = contracts.Access()
	api := httpserver.NewAPI(o)
	deadletters.Register(api, consumers(answers.services))
	operator.Register(api, answers.view)
	browser.Register(api, answers.page)
	registerSeats(api, answers.seats)
	return api
}

// consumers returns those of the services that can have dead letters.
func consumers(services []*forward.Service) []*forward.Service {
	return slices.DeleteFunc(slices.Clone(services), func(s *forward.Service) bool {
		return !slices.Contains(gateway.Consumers(), s.Name())
	})
}

// byIDPrefix passes a request on to the service that the id in its path names: "<service>.<id>".
func byIDPrefix(services []*forward.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, separated := strings.Cut(r.PathValue("id"), ".")
		i := slices.IndexFunc(services, func(s *forward.Service) bool { return s.Name() == name })
		if !separated || i < 0 {
			httpserver.WriteProblem(w, r, deadletter.NotFound())
			return
		}
		services[i].ServeHTTP(w, r)
	})
}

func serveDocument(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(openapi.Merged()) // fails only where the client has gone
}
