package httpapi

import (
	"context"
	"net/http"

	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/event"
)

const maxEventID = 100

type eventAnswer struct{ Body Event }

// AppendBody implements httpserver.PlainOutput.
func (a *eventAnswer) AppendBody(to []byte) []byte { return a.Body.AppendJSON(to) }

type eventsAnswer struct{ Body httpserver.Page[Event] }

// EventPath is the part of a path that names an event; exported like Paging.
type EventPath struct {
	ID string `path:"id" maxLength:"100" doc:"Id of the event"`
}

func (h *handlers) registerEvents(api *httpserver.API) {
	const tag, one = "events", ListPath + "/{id}"
	httpserver.Register(api, operation("list-events", http.MethodGet, ListPath, tag, "List events",
		"All events, cancelled and past ones too, by start. The answer carries an ETag; ask again with If-None-Match.",
	), h.listEvents)
	httpserver.Register(api, operation("get-event", http.MethodGet, one, tag, "Get an event", "", http.StatusNotFound), h.getEvent)
	httpserver.Register(api, created("create-event", ListPath, tag, "Create an event",
		"Schedules an event in a hall of a location. Only organizers can.",
	), h.createEvent)
	httpserver.Register(api, operation("change-event", http.MethodPatch, one, tag, "Change an event",
		"Changes the fields that are given. Only the event's organizer can, and not once it is cancelled or has begun.",
		http.StatusNotFound, http.StatusConflict,
	), h.changeEvent)
	httpserver.Register(api, operation("cancel-event", http.MethodPost, one+"/cancel", tag, "Cancel an event",
		"Cancelling a cancelled event answers it as it is. Only the event's organizer can, and not once it has begun.",
		http.StatusNotFound, http.StatusConflict,
	), h.cancelEvent)
}

func (h *handlers) listEvents(ctx context.Context, in *eventQuery) (*eventsAnswer, error) {
	after, err := decodePosition(in.Cursor)
	if err != nil {
		return nil, err
	}
	ids, err := in.ids()
	if err != nil {
		return nil, err
	}
	// One more than asked for tells whether there is a next page.
	events, err := h.service.Events(ctx, in.filter(ids), after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var page httpserver.Page[Event]
	if len(events) > in.Limit {
		events = events[:in.Limit]
		last := events[in.Limit-1]
		page.NextCursor = encodePosition(event.Position{StartsAt: last.StartsAt, ID: last.ID})
	}
	page.Items = make([]Event, len(events))
	for i, e := range events {
		page.Items[i] = viewEvent(e)
	}
	return &eventsAnswer{Body: page}, nil
}

// getRequest is a type of its own for the sake of ReadPlain: with EventPath, requests that have more than a path would get it, too.
type getRequest struct{ EventPath }

// ReadPlain implements httpserver.PlainInput.
func (in *getRequest) ReadPlain(r *http.Request, body []byte) bool {
	in.ID = r.PathValue("id")
	return in.ID != "" && len(in.ID) <= maxEventID && r.URL.RawQuery == "" && len(body) == 0
}

func (h *handlers) getEvent(ctx context.Context, in *getRequest) (*eventAnswer, error) {
	return answerEvent(h.service.Event(ctx, in.ID))
}

func (h *handlers) createEvent(ctx context.Context, in *struct{ Body NewEvent }) (*eventAnswer, error) {
	e, err := h.service.CreateEvent(ctx, caller(ctx), event.NewEvent(in.Body))
	h.record(ctx, "event.create", "event", e.ID, err)
	return answerEvent(e, err)
}

type eventPatch struct {
	EventPath
	Body    EventChange
	RawBody []byte
}

func (h *handlers) changeEvent(ctx context.Context, in *eventPatch) (*eventAnswer, error) {
	if err := refuseNulls(in.RawBody); err != nil {
		return nil, err
	}
	e, err := h.service.ChangeEvent(ctx, caller(ctx), in.ID, event.EventChange(in.Body))
	h.record(ctx, "event.change", "event", in.ID, err)
	return answerEvent(e, err)
}

func (h *handlers) cancelEvent(ctx context.Context, in *EventPath) (*eventAnswer, error) {
	e, err := h.service.CancelEvent(ctx, caller(ctx), in.ID)
	h.record(ctx, "event.cancel", "event", in.ID, err)
	return answerEvent(e, err)
}

func answerEvent(e event.Event, err error) (*eventAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &eventAnswer{Body: viewEvent(e)}, nil
}
