package dynamodb

import (
	"fmt"
	"strings"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/dynamodb"
	log "github.com/myevents/myevents/platform/outbox/dynamodb"
	"github.com/myevents/myevents/services/event"
)

// The partitions of what is listed.
const (
	locations = "locations"
	allEvents = "events"
	changes   = "changes"
)

func locationKey(id string) dynamodb.Key { return dynamodb.Key{Partition: locations, Sort: id} }

func eventKey(id string) dynamodb.Key { return dynamodb.Key{Partition: "event#" + id, Sort: "event"} }

// eventsAt is the partition of the events at a location.
func eventsAt(locationID string) string { return "at#" + locationID }

// start is an instant, in unix microseconds, as text that sorts as instants do.
func start(micro int64) string { return fmt.Sprintf("%020d", uint64(micro)^1<<63) }

// place is where an event is in lists.
func place(micro int64, id string) string { return start(micro) + "#" + id }

func eventOf(place string) (id string) {
	_, id, _ = strings.Cut(place, "#")
	return id
}

// locationItem is a location. Times are unix microseconds.
type locationItem struct {
	dynamodb.Key
	Version     int64            `dynamodbav:"version"`
	Revision    int64            `dynamodbav:"revision"`
	OrganizerID string           `dynamodbav:"organizer_id"`
	Name        string           `dynamodbav:"name"`
	Address     string           `dynamodbav:"address"`
	Country     string           `dynamodbav:"country"`
	Opens       *string          `dynamodbav:"opens"`
	Closes      *string          `dynamodbav:"closes"`
	Halls       []contracts.Hall `dynamodbav:"halls"`
	CreatedAt   int64            `dynamodbav:"created_at"`
	Told        log.Row          `dynamodbav:"told,omitempty"`       // with the messages of the last commit that had some
	Change      string           `dynamodbav:"unfinished,omitempty"` // a large change that is to be finished
}

func newLocationItem(l event.Location) locationItem {
	i := locationItem{
		Key: locationKey(l.ID), Version: l.Version, Revision: l.Revision, OrganizerID: l.OrganizerID, Name: l.Name, Address: l.Address,
		Country: l.Country, Halls: l.Halls, CreatedAt: l.CreatedAt.UnixMicro(),
	}
	if l.OpeningHours != nil {
		i.Opens, i.Closes = &l.OpeningHours.Opens, &l.OpeningHours.Closes
	}
	return i
}

func (i locationItem) location() event.Location {
	l := event.Location{
		ID: i.Sort, Version: i.Version, Revision: i.Revision, OrganizerID: i.OrganizerID, Name: i.Name, Address: i.Address,
		Country: i.Country, Halls: i.Halls, CreatedAt: instant(i.CreatedAt),
	}
	if i.Opens != nil && i.Closes != nil {
		l.OpeningHours = &contracts.OpeningHours{Opens: *i.Opens, Closes: *i.Closes}
	}
	return l
}

// unchanged is the condition that the item is as it was read; the zero item was not there.
func (i locationItem) unchanged() dynamodb.Condition {
	if i.Sort == "" {
		return dynamodb.Absent()
	}
	return dynamodb.Condition{Expression: "revision = :revision", Values: dynamodb.Values{"revision": i.Revision}}
}

// eventItem is an event. Times are unix microseconds.
type eventItem struct {
	dynamodb.Key
	ID               string `dynamodbav:"id"`
	Version          int64  `dynamodbav:"version"`
	OrganizerID      string `dynamodbav:"organizer_id"`
	Name             string `dynamodbav:"name"`
	StartsAt         int64  `dynamodbav:"starts_at"`
	EndsAt           int64  `dynamodbav:"ends_at"`
	LocationID       string `dynamodbav:"location_id"`
	LocationName     string `dynamodbav:"location_name"`
	Country          string `dynamodbav:"country"`
	Hall             string `dynamodbav:"hall"`
	Capacity         int    `dynamodbav:"capacity"`
	Amount           int64  `dynamodbav:"amount"`
	Currency         string `dynamodbav:"currency"`
	Status           string `dynamodbav:"status"`
	CreatedAt        int64  `dynamodbav:"created_at"`
	SeatsTaken       int    `dynamodbav:"seats_taken"`
	InventoryVersion int64  `dynamodbav:"inventory_version"` // of the message that SeatsTaken is from
}

// newEventItem returns the event with the seats of the item that it replaces.
func newEventItem(e event.Event, before eventItem) eventItem {
	return eventItem{
		Key: eventKey(e.ID), ID: e.ID, Version: e.Version, OrganizerID: e.OrganizerID, Name: e.Name, StartsAt: e.StartsAt.UnixMicro(),
		EndsAt: e.EndsAt.UnixMicro(), LocationID: e.LocationID, LocationName: e.LocationName, Country: e.Country, Hall: e.Hall,
		Capacity: e.Capacity, Amount: e.Price.Amount, Currency: e.Price.Currency, Status: e.Status, CreatedAt: e.CreatedAt.UnixMicro(),
		SeatsTaken: before.SeatsTaken, InventoryVersion: before.InventoryVersion,
	}
}

func (i eventItem) event() event.Event {
	return event.Event{
		ID: i.ID, Version: i.Version, OrganizerID: i.OrganizerID, Name: i.Name, StartsAt: instant(i.StartsAt), EndsAt: instant(i.EndsAt),
		LocationID: i.LocationID, LocationName: i.LocationName, Country: i.Country, Hall: i.Hall, Capacity: i.Capacity,
		Price: contracts.Money{Amount: i.Amount, Currency: i.Currency}, Status: i.Status, SeatsTaken: i.SeatsTaken,
		CreatedAt: instant(i.CreatedAt),
	}
}

// unchanged is the condition that the item is as it was read, its seats included; the zero item was not there.
func (i eventItem) unchanged() dynamodb.Condition {
	if i.ID == "" {
		return dynamodb.Absent()
	}
	return dynamodb.Condition{
		Expression: "version = :version AND inventory_version = :seats",
		Values:     dynamodb.Values{"version": i.Version, "seats": i.InventoryVersion},
	}
}

// places returns where an event is listed; nowhere where there is none.
func (i eventItem) places() []dynamodb.Key {
	if i.ID == "" {
		return nil
	}
	at := place(i.StartsAt, i.ID)
	return []dynamodb.Key{{Partition: allEvents, Sort: at}, {Partition: eventsAt(i.LocationID), Sort: at}}
}

func instant(micro int64) time.Time { return time.UnixMicro(micro).UTC() }
