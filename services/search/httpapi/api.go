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
			"be missing, and one or two may be wrong. Without words it is all events to come, the next first. Cancelled events are " +
			"found too; their status says so. Prices are sorted as numbers, whatever the currency.",
		RejectUnknownQueryParameters: true, // a misspelt filter must not select everything
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

// Paging is the part of a query that every list has. It is exported because huma sees embedded structs only then.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Hits a page, at most"`
	Cursor string `query:"cursor" maxLength:"1000" doc:"The next_cursor of the page before; without one the hits begin"`
}

type eventsInput struct {
	Text    string `query:"q" maxLength:"200" doc:"What to search for; without it, every event that is to come" example:"jazz"`
	Country string `query:"country" pattern:"^[A-Z]{2}$" doc:"Events in that country, an ISO 3166-1 alpha-2 code" example:"DE"`
	Month   string `query:"month" pattern:"^[0-9]{4}-(0[1-9]|1[0-2])$" doc:"Events that start in that month, in UTC" example:"2026-11"`
	Sort    string `query:"sort" enum:"relevance,starts_at,-starts_at,price,name" doc:"By default relevance, and starts_at without q"`
	Paging
}

func (in *eventsInput) request() search.EventRequest {
	return search.EventRequest{
		Request: search.Request{Text: in.Text, Limit: in.Limit, Cursor: in.Cursor},
		Country: in.Country, Month: in.Month, Sort: search.Sort(in.Sort),
	}
}

type eventsOutput struct{ Body EventHits }

func (h handlers) searchEvents(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	found, err := h.service.SearchEvents(ctx, in.request())
	if err != nil {
		return nil, err
	}
	return &eventsOutput{Body: eventHits(found)}, nil
}

type bookingsInput struct {
	Text string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"What to search for" example:"jazz"`
	Paging
}

type bookingsOutput struct{ Body httpserver.Page[BookingHit] }

func (h handlers) searchBookings(ctx context.Context, in *bookingsInput) (*bookingsOutput, error) {
	caller, _ := auth.FromContext(ctx) // the access table lets nobody through without one
	found, err := h.service.SearchBookings(ctx, caller.UserID, search.Request{Text: in.Text, Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	return &bookingsOutput{Body: page(found, bookingHit)}, nil
}
