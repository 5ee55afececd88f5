// Package operator answers what operators ask about the platform as a whole: what happened to a request, and how its
// services are.
package operator

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/platform/httpserver"
)

// Options are whom the operations ask. To describe them nobody is needed.
type Options struct {
	Traces   *Peer           // speaks Zipkin's API, version 2; nil: the traces are kept where nobody can ask
	Services map[string]Peer // the services' admin ports, by name
}

// Peer is the way to somebody: a base URL without a slash at its end, and the client to use.
type Peer struct {
	URL    string
	Client *http.Client
}

// Register adds list-traces, get-trace and get-health to the API.
func Register(api *httpserver.API, o Options) {
	t := &traces{zipkin: o.Traces}
	httpserver.Register(api, operation("list-traces", tracesPath, "Search traces",
		"The latest first. The parameters mean what those of Zipkin's search mean.", http.StatusServiceUnavailable), t.list)
	httpserver.Register(api, operation("get-trace", tracesPath+"/{id}", "Get a trace with all its spans",
		"Answers of changing requests, and all problems, name their trace in the header Trace-Id. Its spans arrive some seconds later.",
		http.StatusNotFound), t.get)
	h := &health{services: o.Services}
	httpserver.Register(api, operation("get-health", healthPath, "See how all services are",
		"With what each of them depends on. A service that does not answer is down, and the others are shown all the same."), h.get)
}

const (
	tracesPath = "/api/v1/operator/traces"
	healthPath = "/api/v1/operator/health"
)

func operation(id, path, summary, description string, errors ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Description: description,
		Tags: []string{"operator"}, Errors: errors, RejectUnknownQueryParameters: true,
	}
}
