package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/services/event"
)

// NewEvent is the body of create-event.
type NewEvent struct {
	Name       string          `json:"name" minLength:"1" maxLength:"200" example:"Jazz night"`
	StartsAt   time.Time       `json:"starts_at" doc:"In the future"`
	EndsAt     time.Time       `json:"ends_at" doc:"After starts_at, by 30 days at most"`
	LocationID string          `json:"location_id" minLength:"1" maxLength:"100"`
	Hall       string          `json:"hall" minLength:"1" maxLength:"100" doc:"Name of a hall of the location" example:"Great Hall"`
	Capacity   *int            `json:"capacity,omitempty" minimum:"1" maximum:"1000000" doc:"Seats on sale; the hall's capacity by default"`
	Price      contracts.Money `json:"price" doc:"Of one seat"`
}

// EventChange is the body of change-event. What is not given stays as it is.
type EventChange struct {
	Name       *string          `json:"name,omitempty" minLength:"1" maxLength:"200"`
	StartsAt   *time.Time       `json:"starts_at,omitempty"`
	EndsAt     *time.Time       `json:"ends_at,omitempty"`
	LocationID *string          `json:"location_id,omitempty" minLength:"1" maxLength:"100"`
	Hall       *string          `json:"hall,omitempty" minLength:"1" maxLength:"100"`
	Capacity   *int             `json:"capacity,omitempty" minimum:"1" maximum:"1000000" doc:"Not below the seats that are booked"`
	Price      *contracts.Money `json:"price,omitempty" doc:"Of one seat, for bookings to come"`
}

// NewLocation is the body of create-location.
type NewLocation struct {
	Name         string                  `json:"name" minLength:"1" maxLength:"200" example:"Old Brewery"`
	Address      string                  `json:"address" minLength:"1" maxLength:"500" example:"Malzgasse 3, 80331 Munich"`
	Country      string                  `json:"country" pattern:"^[A-Z]{2}$" doc:"ISO 3166-1 alpha-2 code" example:"DE"`
	OpeningHours *contracts.OpeningHours `json:"opening_hours,omitempty"`
	Halls        []contracts.Hall        `json:"halls" minItems:"1" maxItems:"100" nullable:"false" doc:"Their names are unique"`
}

// LocationChange is the body of change-location. What is not given stays as it is.
type LocationChange struct {
	Name         *string                 `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Address      *string                 `json:"address,omitempty" minLength:"1" maxLength:"500"`
	Country      *string                 `json:"country,omitempty" pattern:"^[A-Z]{2}$" doc:"ISO 3166-1 alpha-2 code"`
	OpeningHours *contracts.OpeningHours `json:"opening_hours,omitempty"`
	Halls        []contracts.Hall        `json:"halls,omitempty" minItems:"1" maxItems:"100" nullable:"false" doc:"All of them"`
}

// refuseNulls names the fields of a change that are null: that could mean "as it is" or "none", and neither was said.
func refuseNulls(body []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return fmt.Errorf("decode a body that was valid: %w", err)
	}
	var nulls []fault.Field
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if string(fields[name]) == "null" {
			nulls = append(nulls, fault.Field{Field: name, Rule: "must not be null; leave it out to keep it as it is"})
		}
	}
	if len(nulls) > 0 {
		return fault.InvalidFields(nulls...)
	}
	return nil
}

// Paging is the part of a query that every list has. It is exported because huma sees embedded structs only then.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"300" doc:"The next_cursor of the page before; without one the list begins"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Items a page, at most"`
}

type locationQuery struct{ Paging }

type eventQuery struct {
	Paging
	IDs          []string  `query:"id,explode" minItems:"1" maxItems:"100" nullable:"false" doc:"Events with these ids; repeatable"`
	From         time.Time `query:"from" doc:"Events that start then or later"`
	To           time.Time `query:"to" doc:"Events that start before"`
	OrganizerID  string    `query:"organizer_id" maxLength:"100" doc:"Events of that organizer"`
	LocationID   string    `query:"location_id" maxLength:"100" doc:"Events at that location"`
	Country      string    `query:"country" pattern:"^[A-Z]{2}$" doc:"Events in that country, an ISO 3166-1 alpha-2 code"`
	MinSeatsLeft int       `query:"min_seats_left" minimum:"0" maximum:"1000000" doc:"Events with so many seats left"`
	Name         string    `query:"name" maxLength:"200" doc:"Events with that in their name, in upper or lower case"`
}

// ids returns the ids asked for, each once, or an Invalid fault.
func (q *eventQuery) ids() ([]string, error) {
	var ids []string
	for _, id := range q.IDs {
		if id == "" || len(id) > maxEventID {
			return nil, fault.InvalidField("id", fmt.Sprintf("each must have 1 to %d characters", maxEventID))
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (q *eventQuery) filter(ids []string) event.Filter {
	return event.Filter{
		IDs: ids, From: q.From, To: q.To, OrganizerID: q.OrganizerID,
		LocationID: q.LocationID, Country: q.Country, MinSeatsLeft: q.MinSeatsLeft, Name: q.Name,
	}
}

// A cursor is the sort key of the last item seen, unreadable so that nobody builds one.

func encodeCursor(key string) string { return base64.RawURLEncoding.EncodeToString([]byte(key)) }

func decodeCursor(cursor string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", errCursor()
	}
	return string(key), nil
}

func encodePosition(p event.Position) string {
	return encodeCursor(strconv.FormatInt(p.StartsAt.UnixMicro(), 10) + "/" + p.ID)
}

// decodePosition returns the zero Position for no cursor.
func decodePosition(cursor string) (event.Position, error) {
	key, err := decodeCursor(cursor)
	if err != nil || key == "" {
		return event.Position{}, err
	}
	at, id, _ := strings.Cut(key, "/")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" {
		return event.Position{}, errCursor()
	}
	return event.Position{StartsAt: time.UnixMicro(micros).UTC(), ID: id}, nil
}

func errCursor() error { return fault.InvalidField("cursor", "must be the next_cursor of an answer") }
