package mongodb

import (
	"strings"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/mongodb/change"
	"github.com/myevents/myevents/services/event"
)

// locationBody is a location as it is stored. Times are unix microseconds: BSON's own have milliseconds only.
type locationBody struct {
	OrganizerID  string   `bson:"organizer"`
	Name         string   `bson:"name"`
	Address      string   `bson:"address"`
	Country      string   `bson:"country"`
	OpeningHours []string `bson:"opening_hours"` // opens and closes, or none
	Halls        []hall   `bson:"halls"`
	CreatedAt    int64    `bson:"created_at"`
}

type hall struct {
	Name     string `bson:"name"`
	Capacity int    `bson:"capacity"`
}

type locationDocument struct {
	change.Head `bson:",inline"`
	Body        locationBody `bson:"body"`
}

func bodyOfLocation(l event.Location) locationBody {
	body := locationBody{
		OrganizerID: l.OrganizerID, Name: l.Name, Address: l.Address, Country: l.Country, CreatedAt: l.CreatedAt.UnixMicro(),
	}
	if l.OpeningHours != nil {
		body.OpeningHours = []string{l.OpeningHours.Opens, l.OpeningHours.Closes}
	}
	for _, h := range l.Halls {
		body.Halls = append(body.Halls, hall{h.Name, h.Capacity})
	}
	return body
}

func (d locationDocument) location() event.Location {
	l := event.Location{
		ID: d.ID, Version: d.Version, Revision: d.Revision, OrganizerID: d.Body.OrganizerID, Name: d.Body.Name,
		Address: d.Body.Address, Country: d.Body.Country, CreatedAt: instant(d.Body.CreatedAt),
	}
	if hours := d.Body.OpeningHours; len(hours) == 2 {
		l.OpeningHours = &contracts.OpeningHours{Opens: hours[0], Closes: hours[1]}
	}
	for _, h := range d.Body.Halls {
		l.Halls = append(l.Halls, contracts.Hall{Name: h.Name, Capacity: h.Capacity})
	}
	return l
}

type eventBody struct {
	OrganizerID  string `bson:"organizer"`
	Name         string `bson:"name"`
	FoldedName   string `bson:"folded_name"` // in lower case, for finding
	StartsAt     int64  `bson:"starts_at"`
	EndsAt       int64  `bson:"ends_at"`
	LocationID   string `bson:"location"`
	LocationName string `bson:"location_name"`
	Country      string `bson:"country"`
	Hall         string `bson:"hall"`
	Capacity     int    `bson:"capacity"`
	Price        int64  `bson:"price"`
	Currency     string `bson:"currency"`
	Status       string `bson:"status"`
	CreatedAt    int64  `bson:"created_at"`
}

type eventDocument struct {
	change.Head      `bson:",inline"`
	Body             eventBody `bson:"body"`
	SeatsTaken       int       `bson:"seats_taken"`
	InventoryVersion int64     `bson:"inventory_version"` // of the message that SeatsTaken is from
}

func bodyOfEvent(e event.Event) eventBody {
	return eventBody{
		OrganizerID: e.OrganizerID, Name: e.Name, FoldedName: strings.ToLower(e.Name), StartsAt: e.StartsAt.UnixMicro(),
		EndsAt: e.EndsAt.UnixMicro(), LocationID: e.LocationID, LocationName: e.LocationName, Country: e.Country, Hall: e.Hall,
		Capacity: e.Capacity, Price: e.Price.Amount, Currency: e.Price.Currency, Status: e.Status, CreatedAt: e.CreatedAt.UnixMicro(),
	}
}

func (d eventDocument) event() event.Event {
	b := d.Body
	return event.Event{
		ID: d.ID, Version: d.Version, OrganizerID: b.OrganizerID, Name: b.Name, StartsAt: instant(b.StartsAt), EndsAt: instant(b.EndsAt),
		LocationID: b.LocationID, LocationName: b.LocationName, Country: b.Country, Hall: b.Hall, Capacity: b.Capacity,
		Price: contracts.Money{Amount: b.Price, Currency: b.Currency}, Status: b.Status, SeatsTaken: d.SeatsTaken,
		CreatedAt: instant(b.CreatedAt),
	}
}

func instant(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
