package httpapi

import (
	"context"
	"net/http"

	"github.com/myevents/myevents/platform/httpserver"
	"github.com/myevents/myevents/services/event"
)

type locationAnswer struct{ Body Location }

type locationsAnswer struct{ Body httpserver.Page[Location] }

// LocationPath is the part of a path that names a location; exported like Paging.
type LocationPath struct {
	ID string `path:"id" maxLength:"100" doc:"Id of the location"`
}

func (h *handlers) registerLocations(api *httpserver.API) {
	const tag, all, one = "locations", "/api/v1/locations", "/api/v1/locations/{id}"
	httpserver.Register(api, operation("list-locations", http.MethodGet, all, tag, "List locations",
		"All locations, in the order they were created.",
	), h.listLocations)
	httpserver.Register(api, operation("get-location", http.MethodGet, one, tag, "Get a location", "", http.StatusNotFound), h.getLocation)
	httpserver.Register(api, created("create-location", all, tag, "Create a location",
		"Adds a location with its halls. Only organizers can.",
	), h.createLocation)
	httpserver.Register(api, operation("change-location", http.MethodPatch, one, tag, "Change a location",
		"Changes the fields that are given; halls are given all together. Only the location's organizer can, and no event to "+
			"come may lose its hall or seats. A new name or country shows in the events to come.",
		http.StatusNotFound, http.StatusConflict,
	), h.changeLocation)
}

func (h *handlers) listLocations(ctx context.Context, in *locationQuery) (*locationsAnswer, error) {
	after, err := decodeCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	locations, err := h.service.Locations(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var page httpserver.Page[Location]
	if len(locations) > in.Limit {
		locations = locations[:in.Limit]
		page.NextCursor = encodeCursor(locations[in.Limit-1].ID)
	}
	page.Items = make([]Location, len(locations))
	for i, l := range locations {
		page.Items[i] = viewLocation(l)
	}
	return &locationsAnswer{Body: page}, nil
}

func (h *handlers) getLocation(ctx context.Context, in *LocationPath) (*locationAnswer, error) {
	return answerLocation(h.service.Location(ctx, in.ID))
}

func (h *handlers) createLocation(ctx context.Context, in *struct{ Body NewLocation }) (*locationAnswer, error) {
	l, err := h.service.CreateLocation(ctx, caller(ctx), event.NewLocation(in.Body))
	h.record(ctx, "location.create", "location", l.ID, err)
	return answerLocation(l, err)
}

type locationPatch struct {
	LocationPath
	Body    LocationChange
	RawBody []byte
}

func (h *handlers) changeLocation(ctx context.Context, in *locationPatch) (*locationAnswer, error) {
	if err := refuseNulls(in.RawBody); err != nil {
		return nil, err
	}
	l, err := h.service.ChangeLocation(ctx, caller(ctx), in.ID, event.LocationChange(in.Body))
	h.record(ctx, "location.change", "location", in.ID, err)
	return answerLocation(l, err)
}

func answerLocation(l event.Location, err error) (*locationAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &locationAnswer{Body: viewLocation(l)}, nil
}
