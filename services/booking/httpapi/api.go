// Package httpapi is the booking service's HTTP API.
package httpapi

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/audit"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/booking"
)

const listPath = "/api/v1/bookings"

// Options connect the API with telemetry. All are needed but Version.
type Options struct {
	Version string // of the document
	Trace   func(ctx context.Context) string
	Audit   audit.Log // hears of missing roles
	Failed  func(ctx context.Context, err error)
}

// handlers translate between HTTP and the use cases.
type handlers struct {
	service *booking.Service
	trace   func(ctx context.Context) string
}

// New returns the API over the use cases. To describe itself it needs no service.
func New(s *booking.Service, o Options) *httpserver.API {
	h := &handlers{service: s, trace: o.Trace}
	api := httpserver.NewAPI(httpserver.APIOptions{
		Title: "MyEvents: bookings", Version: o.Version,
		Description: "Seats of events, booked once however often a request is repeated.",
		Access:      contracts.Access(), Audit: o.Audit, Failed: o.Failed,
	})
	httpserver.Register(api, operation("create-booking", http.MethodPost, "/api/v1/events/{id}/bookings", "Book seats",
		"Takes the seats at once or not at all. Repeating a request with its Idempotency-Key gives the same answer, a rejection too.",
		http.StatusCreated, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity), h.create)
	httpserver.Register(api, operation("list-bookings", http.MethodGet, listPath, "List one's bookings", "Newest first.",
		http.StatusOK), h.list)
	httpserver.Register(api, operation("get-booking", http.MethodGet, listPath+"/{id}", "Get a booking", "",
		http.StatusOK, http.StatusNotFound), h.get)
	httpserver.Register(api, operation("cancel-booking", http.MethodDelete, listPath+"/{id}", "Cancel a booking",
		"Gives the seats back. Cancelling a cancelled booking answers it as it is.",
		http.StatusOK, http.StatusNotFound, http.StatusConflict), h.cancel)
	return api
}

func operation(id, method, path, summary, description string, status int, errors ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Tags: []string{"bookings"}, Summary: summary, Description: description,
		DefaultStatus: status, Errors: errors, RejectUnknownQueryParameters: true,
	}
}

type answer struct{ Body Booking }

// AppendBody implements httpserver.PlainOutput.
func (a *answer) AppendBody(to []byte) []byte { return a.Body.AppendJSON(to) }

type bookingPath struct {
	ID string `path:"id" maxLength:"100" doc:"Id of the booking"`
}

func (h *handlers) get(ctx context.Context, in *bookingPath) (*answer, error) {
	return reply(h.service.Booking(ctx, caller(ctx), in.ID))
}

func (h *handlers) cancel(ctx context.Context, in *bookingPath) (*answer, error) {
	return reply(h.service.Cancel(ctx, booking.Cancellation{UserID: caller(ctx), BookingID: in.ID, Trace: h.trace(ctx)}))
}

type listRequest struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Bookings a page"`
}

type listAnswer struct{ Body httpserver.Page[Booking] }

func (h *handlers) list(ctx context.Context, in *listRequest) (*listAnswer, error) {
	before, err := decodeCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	// One more than asked for tells whether there is a next page.
	bookings, err := h.service.Bookings(ctx, caller(ctx), before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var page httpserver.Page[Booking]
	if len(bookings) > in.Limit {
		bookings = bookings[:in.Limit]
		page.NextCursor = encodeCursor(bookings[in.Limit-1].ID)
	}
	page.Items = make([]Booking, len(bookings))
	for i, b := range bookings {
		page.Items[i] = view(b)
	}
	return &listAnswer{Body: page}, nil
}

func reply(b booking.Booking, err error) (*answer, error) {
	if err != nil {
		return nil, err
	}
	return &answer{Body: view(b)}, nil
}

// caller returns the id of the user; the access table has made sure there is one.
func caller(ctx context.Context) string {
	p, _ := auth.FromContext(ctx)
	return p.UserID
}

// cursorMark keeps a cursor from being mistaken for a booking's id.
const cursorMark = "b:"

func encodeCursor(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorMark + id))
}

func decodeCursor(cursor string) (id string, err error) {
	if cursor == "" {
		return "", nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(cursor)
	id, marked := strings.CutPrefix(string(decoded), cursorMark)
	if err != nil || !marked {
		return "", fault.InvalidField("cursor", "must be the next_cursor of a page before")
	}
	return id, nil
}
