package steps

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/cucumber/godog"
)

// The location that events of the features are at where the scenario does not say.
const (
	someLocation = "some location"
	mainHall     = "Main Hall"
)

func (s *scenario) locationSentences() []Sentence {
	return []Sentence{
		{"a location {location} with the halls:", "A table with the columns name and capacity.", s.locationExists},
		{"a location {location} in {text}", "The country as two letters; it has one hall.", s.locationInCountry},
		{"{person} opens a location {location} with the halls:", "A table with the columns name and capacity.", s.opensLocation},
		{"{person} opens a location {location} with the {field} {json}", "Everything else is in order.", s.opensLocationWith},
		{"{person} cannot open a location with any of these:",
			"A table of fields and values; a column names says which field the problem names, if another.", s.cannotOpenWith},
		{"{person} cannot open a location without any one of these:", "A table of fields.", s.cannotOpenWithout},
		{"{person} changes the {field} of the location {location} to {json}", "", s.changesLocation},
		{"{person} looks at the location {location}", "", s.looksAtLocation},
		{"the {field} of the location {location} is {json}", "", s.locationFieldIs},
		{"{person} finds {location} in the list of locations", "", s.findsLocation},
	}
}

// locationBody is a request for a location that nothing is wrong with.
func (s *scenario) locationBody(name string) map[string]any {
	return map[string]any{
		"name": s.unique(name), "address": "1 Main Street", "country": "DE",
		"halls": []any{map[string]any{"name": mainHall, "capacity": mostSeats}},
	}
}

func halls(table *godog.Table) ([]any, error) {
	var list []any
	for _, row := range rows(table) {
		capacity, err := strconv.Atoi(row["capacity"])
		if err != nil {
			return nil, fmt.Errorf("the capacity of a hall: %w", err)
		}
		list = append(list, map[string]any{"name": row["name"], "capacity": capacity})
	}
	return list, nil
}

// someLocation returns the id of the scenario's own location for events, opened when it is first needed.
func (s *scenario) someLocation(ctx context.Context) (string, error) {
	if id, ok := s.locations[someLocation]; ok {
		return id, nil
	}
	if err := s.newLocation(ctx, someLocation, s.locationBody(someLocation)); err != nil {
		return "", err
	}
	return s.locations[someLocation], nil
}

// newLocation is a location that must come to be.
func (s *scenario) newLocation(ctx context.Context, name string, body map[string]any) error {
	organizer, err := s.actor(ctx, theOrganizer)
	if err != nil {
		return err
	}
	var created struct{ ID string }
	r := request{method: http.MethodPost, path: "/api/v1/locations", body: encode(body), token: organizer.token}
	if err := s.call(ctx, r, http.StatusCreated, &created); err != nil {
		return err
	}
	s.locations[name] = created.ID
	return nil
}

func (s *scenario) locationExists(ctx context.Context, name string, table *godog.Table) error {
	body := s.locationBody(name)
	list, err := halls(table)
	if err != nil {
		return err
	}
	body["halls"] = list
	return s.newLocation(ctx, name, body)
}

func (s *scenario) locationInCountry(ctx context.Context, name, country string) error {
	body := s.locationBody(name)
	body["country"] = country
	return s.newLocation(ctx, name, body)
}

func (s *scenario) opensLocation(ctx context.Context, who, name string, table *godog.Table) error {
	body := s.locationBody(name)
	list, err := halls(table)
	if err != nil {
		return err
	}
	body["halls"] = list
	return s.open(ctx, who, name, body)
}

func (s *scenario) opensLocationWith(ctx context.Context, who, name, field, value string) error {
	body := s.locationBody(name)
	if err := setField(body, field, value); err != nil {
		return err
	}
	return s.open(ctx, who, name, body)
}

func (s *scenario) cannotOpenWith(ctx context.Context, who string, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error {
		return s.opensLocationWith(ctx, who, "an impossible location", row["field"], row["value"])
	})
}

func (s *scenario) cannotOpenWithout(ctx context.Context, who string, table *godog.Table) error {
	return s.refused(table, func(row map[string]string) error {
		body := s.locationBody("an impossible location")
		if err := removeField(body, row["field"]); err != nil {
			return err
		}
		return s.open(ctx, who, "an impossible location", body)
	})
}

func (s *scenario) open(ctx context.Context, who, name string, body map[string]any) error {
	if err := s.sendAs(ctx, who, http.MethodPost, "/api/v1/locations", encode(body)); err != nil {
		return err
	}
	return s.remember(s.locations, name)
}

func (s *scenario) changesLocation(ctx context.Context, who, field, name, value string) error {
	id, err := s.location(name)
	if err != nil {
		return err
	}
	body, newName, err := s.change(field, value)
	if err != nil {
		return err
	}
	if newName != "" {
		s.locations[newName] = id
	}
	return s.sendAs(ctx, who, http.MethodPatch, "/api/v1/locations/"+id, body)
}

// location returns the id of a location of this scenario.
func (s *scenario) location(name string) (string, error) {
	if id, ok := s.locations[name]; ok {
		return id, nil
	}
	return "", fmt.Errorf("this scenario has no location %q; it has %q", name, slices.Sorted(maps.Keys(s.locations)))
}

func (s *scenario) looksAtLocation(ctx context.Context, who, name string) error {
	id, err := s.location(name)
	if err != nil {
		return err
	}
	return s.sendAs(ctx, who, http.MethodGet, "/api/v1/locations/"+id, "")
}

func (s *scenario) locationFieldIs(ctx context.Context, field, name, value string) error {
	id, err := s.location(name)
	if err != nil {
		return err
	}
	return s.eventuallyShows(ctx, "/api/v1/locations/"+id, field, value)
}

func (s *scenario) findsLocation(ctx context.Context, who, name string) error {
	id, err := s.location(name)
	if err != nil {
		return err
	}
	if _, err := s.list(ctx, listing{who, "/api/v1/locations", url.Values{"limit": {"100"}}}); err != nil {
		return err
	}
	return s.listCounts(ctx, func(i item) bool { return i.ID == id }, atLeastOne, "the list should show %q", name)
}
