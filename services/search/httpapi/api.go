// Package httpapi is the search service's HTTP API.
package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/search"
)

// Options connect the API with logs. Audit and Failed may be nil.
type Options struct {
	Version string                               // of the document
	Audit   audit.Log                            // hears of missing roles
	Failed  func(ctx context.Context, err error) // hears of what was answered with 5xx
}

// New returns the API over the use cases. To describe itself it needs no service.
func New(s *search.Service, o Options) *httpserver.API {
	api := httpserver.NewAPI(httpserver.APIOptions{
		Title: "MyEvents search", Version: o.Version, Description: "Finds events, and one's own bookings, by what people type.",
		Access: contracts.Access(), Audit: o.Audit, Failed: o.Failed,
	})
	h := handlers{service: s}
	tags := []string{"search"}
	httpserver.Register(api, huma.Operation{
		OperationID: "search-events", Method: http.MethodGet, Path: "/api/v1/search", Tags: tags, Summary: "Search events",
		Description: "Events whose name, location, hall or country match every word, the best first. The last letters of a word may " +
			"be missing, and one or two may be wrong. Cancelled events are found too; their status says so.",
	}, h.searchEvents)
	httpserver.Register(api, huma.Operation{
		OperationID: "search-bookings", Method: http.MethodGet, Path: "/api/v1/search/bookings", Tags: tags, Summary: "Search one's own bookings",
		Description: "One's own bookings, cancelled ones too, by the name of the event.",
	}, h.searchBookings)
	return api
}

// handlers translate between HTTP and the use cases.
type handlers struct {
	service *search.Service
}

type searchInput struct {
	Text   string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"What to search for" example:"jazz"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Hits a page, at most"`
	Cursor string `query:"cursor" maxLength:"300" doc:"The next_cursor of the page before; without one the hits begin"`
}

func (in *searchInput) request() search.Request {
	return search.Request{Text: in.Text, Limit: in.Limit, Cursor: in.Cursor}
}

type eventsOutput struct{ Body httpserver.Page[EventHit] }

func (h handlers) searchEvents(ctx context.Context, in *searchInput) (*eventsOutput, error) {
	found, err := h.service.SearchEvents(ctx, in.request())
	if err != nil {
		return nil, err
	}
	return &eventsOutput{Body: page(found, eventHit)}, nil
}

type bookingsOutput struct{ Body httpserver.Page[BookingHit] }

func (h handlers) searchBookings(ctx context.Context, in *searchInput) (*bookingsOutput, error) {
	caller, _ := auth.FromContext(ctx) // the access table lets nobody through without one
	found, err := h.service.SearchBookings(ctx, caller.UserID, in.request())
	if err != nil {
		return nil, err
	}
	return &bookingsOutput{Body: page(found, bookingHit)}, nil
}

func page[From, To any](found search.Result[From], view func(search.Hit[From]) To) httpserver.Page[To] {
	p := httpserver.Page[To]{Items: make([]To, len(found.Hits)), NextCursor: found.NextCursor}
	for i, hit := range found.Hits {
		p.Items[i] = view(hit)
	}
	return p
}
