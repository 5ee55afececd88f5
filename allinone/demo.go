package allinone

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/auth"
	"github.com/myevents/myevents/services/event"
	"github.com/myevents/myevents/services/identity"
)

// The demo data's documented sign-ins; all demo users share the one password.
const (
	DemoPassword  = "demo-only-not-secret" //nolint:gosec // documented, for a platform that holds nothing
	DemoCustomer  = "ada@demo.example"
	DemoOrganizer = "olga@demo.example"
	DemoOperator  = "oscar@demo.example"
)

// demoID returns an id that is the same at every start, so that loading the demo again changes nothing.
func demoID(thing string, n int) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "urn:myevents:demo:%s:%d", thing, n)).String()
}

// DemoEvent returns the id of the demo's first event.
func (a *App) DemoEvent() string { return demoID("event", 0) }

func (a *App) importDemo(ctx context.Context) error {
	if err := a.importers.identity.Import(ctx, DemoPassword, demoUsers()); err != nil {
		return err
	}
	locations := demoLocations()
	return a.importers.event.Import(ctx, locations, demoEvents(locations, a.host.Clock()))
}

// demoUsers are 18 customers, an organizer and an operator.
func demoUsers() []identity.ImportedUser {
	users := []identity.ImportedUser{
		{ID: demoID("user", 0), Email: DemoOrganizer, FirstName: "Olga", LastName: "Organizer", Roles: []string{auth.RoleOrganizer}},
		{ID: demoID("user", 1), Email: DemoOperator, FirstName: "Oscar", LastName: "Operator", Roles: []string{auth.RoleOperator}},
	}
	names := []string{
		"Ada", "Bruno", "Chiara", "Dev", "Emma", "Farid", "Greta", "Hugo", "Ines",
		"Jonas", "Kaja", "Liam", "Mei", "Nils", "Paula", "Quinn", "Rosa", "Sami",
	}
	for i, first := range names {
		email := string(first[0]|0x20) + first[1:] + "@demo.example"
		users = append(users, identity.ImportedUser{ID: demoID("user", i+2), Email: email, FirstName: first, LastName: "Demo"})
	}
	return users
}

func demoLocations() []event.KnownLocation {
	hours := &contracts.OpeningHours{Opens: "09:00", Closes: "23:30"}
	locations := []event.NewLocation{
		{Name: "Harbour Concert House", Address: "Kai 7, 20457 Hamburg", Country: "DE", OpeningHours: hours, Halls: []contracts.Hall{
			{Name: "Great Hall", Capacity: 2100}, {Name: "Studio", Capacity: 150}}},
		{Name: "Teatro Aurora", Address: "Via Roma 12, 10123 Torino", Country: "IT", OpeningHours: hours, Halls: []contracts.Hall{
			{Name: "Platea", Capacity: 600}, {Name: "Ridotto", Capacity: 80}}},
		{Name: "Riverside Arena", Address: "1 Wharf Road, London E14", Country: "GB", Halls: []contracts.Hall{
			{Name: "Arena", Capacity: 12000}}},
	}
	known := make([]event.KnownLocation, len(locations))
	for i, l := range locations {
		known[i] = event.KnownLocation{ID: demoID("location", i), OrganizerID: demoID("user", 0), NewLocation: l}
	}
	return known
}

// demoEvents are 40 evenings from next week on, in every hall in turn.
func demoEvents(locations []event.KnownLocation, now time.Time) []event.KnownEvent {
	titles := []string{
		"Jazz Night", "Symphony No. 9", "Stand-up Friday", "Winter Ball", "Chamber Music", "Rock the River", "Poetry Slam", "Tango Evening",
		"Science Live", "Choir of the North",
	}
	firstDay := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 7)
	events := make([]event.KnownEvent, 40)
	for i := range events {
		location := locations[i%len(locations)]
		hall := location.Halls[i/len(locations)%len(location.Halls)]
		starts := firstDay.AddDate(0, 0, i).Add(19*time.Hour + 30*time.Minute)
		events[i] = event.KnownEvent{ID: demoID("event", i), OrganizerID: demoID("user", 0), NewEvent: event.NewEvent{
			Name: fmt.Sprintf("%s %d", titles[i%len(titles)], i/len(titles)+1), StartsAt: starts, EndsAt: starts.Add(150 * time.Minute),
			LocationID: location.ID, Hall: hall.Name,
			Price: contracts.Money{Amount: int64(1500 + 500*(i%8)), Currency: demoCurrency(location.Country)},
		}}
	}
	return events
}

func demoCurrency(country string) string {
	if country == "GB" {
		return "GBP"
	}
	return "EUR"
}
