// Package httpapi is the event service's HTTP API.
package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/event"
)

// ListPath is the path of the list of events, whose answers may be cached.
const ListPath = "/api/v1/events"

// Options connect the API with logs. All are needed but Version.
type Options struct {
	Version string // of the document
	Audit   audit.Log
	Failed  func(ctx context.Context, err error)
}

// handlers translate between HTTP and the use cases.
type handlers struct {
	service *event.Service
	audit   audit.Log
}

// New returns the API over the use cases. To describe itself it needs no service.
func New(s *event.Service, o Options) *httpserver.API {
	h := &handlers{service: s, audit: o.Audit}
	api := httpserver.NewAPI(httpserver.APIOptions{
		Title: "MyEvents: events and locations", Version: o.Version,
		Description: "What can be visited: locations with their halls, and the events organizers hold there.",
		Access:      contracts.Access(), Audit: o.Audit, Failed: o.Failed,
	})
	h.registerEvents(api)
	h.registerLocations(api)
	return api
}

// operation describes one operation; errors are the statuses of the problems it adds to those every operation can have.
func operation(id, method, path, tag, summary, description string, errors ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary, Description: description, Errors: errors,
		RejectUnknownQueryParameters: true, // a misspelt filter must not select everything
	}
}

// created describes one that makes a new thing.
func created(id, path, tag, summary, description string) huma.Operation {
	op := operation(id, http.MethodPost, path, tag, summary, description)
	op.DefaultStatus = http.StatusCreated
	return op
}

// caller returns the id of the user; the access table has made sure there is one.
func caller(ctx context.Context) string {
	p, _ := auth.FromContext(ctx)
	return p.UserID
}

// record writes the audit line of a change that a user asked for.
func (h *handlers) record(ctx context.Context, action, thing, id string, err error) {
	h.audit(ctx, audit.Entry{
		Action: action, User: caller(ctx), Object: audit.Object{Type: thing, ID: id}, Reason: audit.Reason(err),
	})
}
