package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cucumber/godog"
)

// mostSeats is the capacity of the largest event in a feature file: see awaitBookable.
const mostSeats = 99

func (s *scenario) eventSentences() []Sentence {
	return []Sentence{
		{"an event {event} with {n} seat(s)",
			"Listed by the organizer, for in 30 days, and bookable when the step ends; at most 99 seats.", s.eventExists},
		{"an event {event} with {n} seat(s) of {person}", "", s.eventOf},
		{"an event {event} with {n} seat(s) that starts in {time}", "", s.eventStartsIn},
		{"an event {event} with {n} seat(s) in {location}", "", s.eventIn},
		{"{person} publishes an event {event} with {n} seat(s)", "", s.publishes},
		{"{person} publishes an event {event} with the {field} {json}", "Everything else is in order.", s.publishesWith},
		{"{person} publishes an event {event} with a {field} of {n} letters", "", s.publishesLong},
		{"{person} publishes an event {event} in the hall {text} of {location}", "With no capacity given.", s.publishesIn},
		{"{person} publishes an event {event} with {n} seat(s) in the hall {text} of {location}", "", s.publishesSeatsIn},
		{"{person} publishes an event {event} that started {time} ago", "", s.publishesStarted},
		{"{person} cannot publish an event with any of these:",
			"A table of fields and values; a column names says which field the problem names, if another.", s.cannotPublishWith},
		{"{person} cannot publish an event without any one of these:", "A table of fields.", s.cannotPublishWithout},
		{"{person} cannot change {event} to any of these:", "A table of fields and values.", s.cannotChangeTo},
		{"{person} changes the {field} of {event} to {json}", "", s.changesEvent},
		{"{person} cancels the event {event}", "", s.cancelsEvent},
		{"{person} looks at the event {event}", "", s.looksAtEvent},
		{"the {field} of {event} is {json}", "As the event service shows it; waits for it.", s.eventFieldIs},
		{"{event} has {n} seat(s) left", "Waits for it.", s.seatsLeft},
		{"{event} still has {n} seat(s) left", "Looks once everything is delivered and handled.", s.stillSeatsLeft},
		{"{person} lists the events", "All pages of them.", s.listsEvents},
		{"{person} lists the events where:",
			"All pages of them; a table with the columns filter (name, country, location_id or min_seats_left) and value.", s.listsEventsWhere},
		{"{person} lists the events that start within {time}", "", s.listsEventsWithin},
		{"{person} lists the events that start after {time}", "", s.listsEventsAfter},
		{"{person} lists the events {n} at a time", "Follows the cursors to the end.", s.listsEventsAtATime},
		{"the list shows {event}", "Waits for it, listing again.", s.listShows},
		{"the list does not show {event}", "Waits for it, listing again.", s.listHides},
		{"the list shows {event} once", "", s.listShowsOnce},
	}
}

// eventBody is a request for an event that nothing is wrong with.
func (s *scenario) eventBody(ctx context.Context, name string) (map[string]any, error) {
	location, err := s.someLocation(ctx)
	if err != nil {
		return nil, err
	}
	starts := s.now().Add(30 * 24 * time.Hour)
	body := map[string]any{
		"name": s.unique(name), "location_id": location, "hall": mainHall, "capacity": 10,
		"price": map[string]any{"amount": 4500, "currency": "EUR"},
	}
	setTimes(body, starts)
	return body, nil
}

// setTimes makes the event start at the time and last two hours.
func setTimes(body map[string]any, starts time.Time) {
	body["starts_at"] = starts.UTC().Format(time.RFC3339)
	body["ends_at"] = starts.Add(2 * time.Hour).UTC().Format(time.RFC3339)
}

func (s *scenario) eventExists(ctx context.Context, name string, seats int) error {
	return s.eventOf(ctx, name, seats, theOrganizer)
}

func (s *scenario) eventOf(ctx context.Context, name string, seats int, owner string) error {
	return s.given(ctx, owner, name, func(body map[string]any) { body["capacity"] = seats })
}

func (s *scenario) eventStartsIn(ctx context.Context, name string, seats int, wait string) error {
	d, err := duration(wait)
	if err != nil {
		return err
	}
	return s.given(ctx, theOrganizer, name, func(body map[string]any) {
		body["capacity"] = seats
		setTimes(body, s.now().Add(d))
	})
}

func (s *scenario) eventIn(ctx context.Context, name string, seats int, location string) error {
	return s.given(ctx, theOrganizer, name, func(body map[string]any) {
		body["capacity"] = seats
		body["location_id"] = s.locations[location]
	})
}

// given makes an event and waits until it can be booked.
func (s *scenario) given(ctx context.Context, owner, name string, adjust func(body map[string]any)) error {
	if err := s.publish(ctx, owner, name, adjust); err != nil {
		return err
	}
	if err := s.last.want(http.StatusCreated); err != nil {
		return err
	}
	return s.awaitBookable(ctx, owner, name)
}

// awaitBookable waits until the booking service knows the event. It asks for more seats than any event of the features
// has: that is refused, so it changes nothing, but for another reason than "event-not-found".
func (s *scenario) awaitBookable(ctx context.Context, asker, name string) error {
	return eventually(ctx, func(ctx context.Context) error {
		e, err := s.book(ctx, asker, name, mostSeats+1)
		if err != nil {
			return err
		}
		if e.status == http.StatusCreated {
			return e.unlike("events of the features have at most %d seats", mostSeats)
		}
		if e.problem().Code == "event-not-found" {
			return e.unlike("the booking service should know the event")
		}
		return nil
	})
}

// publish sends a request for a new event and remembers its id if there is one.
func (s *scenario) publish(ctx context.Context, who, name string, adjust func(body map[string]any)) error {
	body, err := s.eventBody(ctx, name)
	if err != nil {
		return err
	}
	adjust(body)
	if err := s.sendAs(ctx, who, http.MethodPost, "/api/v1/events", encode(body)); err != nil {
		return err
	}
	return s.remember(s.events, name)
}

// remember keeps the id of what the last answer says was created.
func (s *scenario) remember(ids map[string]string, name string) error {
	if s.last.status != http.StatusCreated {
		return nil
	}
	var created struct{ ID string }
	if err := s.last.decode(&created); err != nil {
		return err
	}
	ids[name] = created.ID
	return nil
}

func (s *scenario) publishes(ctx context.Context, who, name string, seats int) error {
	return s.publish(ctx, who, name, func(body map[string]any) { body["capacity"] = seats })
}

func (s *scenario) publishesWith(ctx context.Context, who, name, field, value string) error {
	var bad error
	if err := s.publish(ctx, who, name, func(body map[string]any) { bad = setField(body, field, value) }); err != nil {
		return err
	}
	return bad
}

func (s *scenario) publishesIn(ctx context.Context, who, name, hall, location string) error {
	return s.publish(ctx, who, name, func(body map[string]any) {
		body["location_id"], body["hall"] = s.locations[location], hall
		delete(body, "capacity")
	})
}

func (s *scenario) publishesSeatsIn(ctx context.Context, who, name string, seats int, hall, location string) error {
	return s.publish(ctx, who, name, func(body map[string]any) {
		body["location_id"], body["hall"], body["capacity"] = s.locations[location], hall, seats
	})
}

func (s *scenario) publishesLong(ctx context.Context, who, name, field string, letters int) error {
	return s.publish(ctx, who, name, func(body map[string]any) { body[field] = strings.Repeat("x", letters) })
}

func (s *scenario) publishesStarted(ctx context.Context, who, name, ago string) error {
	d, err := duration(ago)
	if err != nil {
		return err
	}
	return s.publish(ctx, who, name, func(body map[string]any) { setTimes(body, s.now().Add(-d)) })
}

func (s *scenario) cannotPublishWith(ctx context.Context, who string, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error {
		return s.publishesWith(ctx, who, "an impossible event", row["field"], row["value"])
	})
}

func (s *scenario) cannotPublishWithout(ctx context.Context, who string, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) (bad error) {
		err := s.publish(ctx, who, "an impossible event", func(body map[string]any) { bad = removeField(body, row["field"]) })
		return errors.Join(bad, err)
	})
}

func (s *scenario) cannotChangeTo(ctx context.Context, who, name string, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error {
		return s.changesEvent(ctx, who, row["field"], name, row["value"])
	})
}

func (s *scenario) changesEvent(ctx context.Context, who, field, name, value string) error {
	id, err := s.event(name)
	if err != nil {
		return err
	}
	body, newName, err := s.change(field, value)
	if err != nil {
		return err
	}
	if newName != "" {
		s.events[newName] = id // the scenario may go on under either name
	}
	return s.sendAs(ctx, who, http.MethodPatch, "/api/v1/events/"+id, body)
}

// change returns the body of a PATCH of one field, and the new name if the field is the name: names stay unique.
func (s *scenario) change(field, value string) (body, newName string, err error) {
	fields := map[string]any{}
	if err := setField(fields, field, value); err != nil {
		return "", "", err
	}
	if name, ok := fields["name"].(string); ok && name != "" {
		fields["name"], newName = s.unique(name), name
	}
	return encode(fields), newName, nil
}

// event returns the id of an event of this scenario.
func (s *scenario) event(name string) (string, error) {
	if id, ok := s.events[name]; ok {
		return id, nil
	}
	return "", fmt.Errorf("this scenario has no event %q; it has %q", name, slices.Sorted(maps.Keys(s.events)))
}

func (s *scenario) cancelsEvent(ctx context.Context, who, name string) error {
	id, err := s.event(name)
	if err != nil {
		return err
	}
	return s.sendAs(ctx, who, http.MethodPost, "/api/v1/events/"+id+"/cancel", "")
}

func (s *scenario) looksAtEvent(ctx context.Context, who, name string) error {
	id, err := s.event(name)
	if err != nil {
		return err
	}
	return s.sendAs(ctx, who, http.MethodGet, "/api/v1/events/"+id, "")
}

func (s *scenario) eventFieldIs(ctx context.Context, field, name, value string) error {
	id, err := s.event(name)
	if err != nil {
		return err
	}
	return s.eventuallyShows(ctx, "/api/v1/events/"+id, field, value)
}

func (s *scenario) seatsLeft(ctx context.Context, name string, seats int) error {
	return s.eventFieldIs(ctx, "seats_left", name, strconv.Itoa(seats))
}

func (s *scenario) stillSeatsLeft(ctx context.Context, name string, seats int) error {
	if err := s.everythingHandled(ctx); err != nil {
		return err
	}
	return s.seatsLeft(ctx, name, seats)
}

// duration reads "90 minutes" or "31 days".
func duration(text string) (time.Duration, error) {
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0, err
	}
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	return time.Duration(n) * units[strings.TrimSuffix(unit, "s")], nil
}
