package event

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/myevents/myevents/contracts"
	"github.com/myevents/myevents/platform/fault"
)

const (
	maxAddress      = 500 // characters
	maxHalls        = 100
	maxHallName     = 100 // characters
	maxHallCapacity = 1_000_000
)

// Location is a place with halls. It belongs to the organizer who made it; everybody may hold events there.
type Location struct {
	ID           string
	Version      int64 // 1 at creation, one more at each change
	OrganizerID  string
	Name         string
	Address      string
	Country      string
	OpeningHours *contracts.OpeningHours
	Halls        []contracts.Hall
	CreatedAt    time.Time

	// Revision counts the commits that touched the location or an event held there. A Store maintains it: it is how a
	// change of the location notices an event that came in between.
	Revision int64
}

// NewLocation is what an organizer says about a new location.
type NewLocation struct {
	Name         string
	Address      string
	Country      string
	OpeningHours *contracts.OpeningHours // nil: not said
	Halls        []contracts.Hall
}

// LocationChange is what an organizer wants to be different; nil leaves a field as it is.
type LocationChange struct {
	Name         *string
	Address      *string
	Country      *string
	OpeningHours *contracts.OpeningHours
	Halls        []contracts.Hall // all of them, as they are to be
}

// location returns the planned location.
func (n NewLocation) location() Location {
	return Location{
		Name: trim(n.Name), Address: trim(n.Address), Country: n.Country, OpeningHours: n.OpeningHours, Halls: trimHalls(n.Halls),
	}
}

// apply returns the location with the change made.
func (c LocationChange) apply(l Location) Location {
	set(&l.Name, c.Name)
	set(&l.Address, c.Address)
	set(&l.Country, c.Country)
	l.Name, l.Address = trim(l.Name), trim(l.Address)
	if c.OpeningHours != nil {
		l.OpeningHours = c.OpeningHours
	}
	if c.Halls != nil {
		l.Halls = trimHalls(c.Halls)
	}
	return l
}

func trimHalls(halls []contracts.Hall) []contracts.Hall {
	halls = slices.Clone(halls)
	for i := range halls {
		halls[i].Name = trim(halls[i].Name)
	}
	return halls
}

// check returns an Invalid fault that names every field in which the location breaks a rule.
func (l Location) check() error {
	var r rules
	r.text("name", l.Name, maxName)
	r.text("address", l.Address, maxAddress)
	r.require(isCountry(l.Country), "country", "must be an ISO 3166-1 alpha-2 code such as DE")
	if l.OpeningHours != nil {
		wallClock := regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
		r.require(wallClock.MatchString(l.OpeningHours.Opens), "opening_hours.opens", "must be a time such as 09:00")
		r.require(wallClock.MatchString(l.OpeningHours.Closes), "opening_hours.closes", "must be a time such as 23:00")
	}
	r.require(len(l.Halls) >= 1 && len(l.Halls) <= maxHalls, "halls", fmt.Sprintf("must have 1 to %d halls", maxHalls))
	l.checkHalls(&r)
	return r.err()
}

func (l Location) checkHalls(r *rules) {
	seen := make(map[string]bool, len(l.Halls))
	for i, hall := range l.Halls {
		field := fmt.Sprintf("halls[%d]", i)
		r.text(field+".name", hall.Name, maxHallName)
		r.require(!seen[hall.Name], field+".name", "must be unique in the location")
		r.require(hall.Capacity >= 1 && hall.Capacity <= maxHallCapacity, field+".capacity",
			fmt.Sprintf("must be between 1 and %d", maxHallCapacity))
		seen[hall.Name] = true
	}
}

// holds returns a Conflict fault where an event does not fit into the halls any more.
func (l Location) holds(events []Event) error {
	for _, e := range events {
		if hall, ok := l.hall(e.Hall); !ok || hall.Capacity < e.Capacity {
			return fault.New(fault.Conflict, "hall-in-use",
				fmt.Sprintf("The hall %s is needed with %d seats by an event to come.", e.Hall, e.Capacity))
		}
	}
	return nil
}

// hall returns the hall of that name, if there is one.
func (l Location) hall(name string) (contracts.Hall, bool) {
	for _, hall := range l.Halls {
		if hall.Name == name {
			return hall, true
		}
	}
	return contracts.Hall{}, false
}

// same reports whether the two say the same about the place.
func (l Location) same(other Location) bool {
	return l.Name == other.Name && l.Address == other.Address && l.Country == other.Country &&
		slices.Equal(l.Halls, other.Halls) && sameHours(l.OpeningHours, other.OpeningHours)
}

func sameHours(a, b *contracts.OpeningHours) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// message returns the location as the other services see it.
func (l Location) message() contracts.Location {
	return contracts.Location{
		ID: l.ID, Version: l.Version, OrganizerID: l.OrganizerID, Name: l.Name, Address: l.Address, Country: l.Country,
		OpeningHours: l.OpeningHours, Halls: l.Halls,
	}
}
