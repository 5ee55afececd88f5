package steps

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cucumber/godog"
)

func (s *scenario) searchSentences() []Sentence {
	return []Sentence{
		{"{person} searches for {text}", "All pages of the answer.", s.searches},
		{"{person} searches for {text} and gets {n} at a time", "Follows the cursors to the end.", s.searchesAtATime},
		{"{person} searches where:",
			"All pages of the answer; a table with the columns filter (q, country, month or sort) and value.", s.searchesWhere},
		{"{person} searches their bookings for {text}", "All pages of the answer.", s.searchesBookings},
		{"the search finds {event}", "Waits for it, searching again.", s.listShows},
		{"the search finds {event} once", "Waits for it, searching again.", s.listShowsOnce},
		{"the search finds {event} as {text}", "The text is its status. Waits for it, searching again.", s.searchFindsAs},
		{"the search finds {event} before {event}", "Waits for both, searching again.", s.searchFindsBefore},
		{"the search offers the country {text}", "As a filter that leaves something. Waits for it, searching again.", s.searchOffersCountry},
		{"the search does not find {event}", "Waits for it, searching again.", s.listHides},
		{"the search finds {n} booking(s) for {event}", "Waits for it, searching again.", s.searchFindsBookings},
		{"the search marks {text} in {event}", "The highlighted part of the name.", s.searchMarks},
	}
}

func (s *scenario) searches(ctx context.Context, who, text string) error {
	return s.searchesAtATime(ctx, who, text, 100)
}

func (s *scenario) searchesAtATime(ctx context.Context, who, text string, limit int) error {
	_, err := s.list(ctx, listing{who, "/api/v1/search", url.Values{"q": {text}, "limit": {strconv.Itoa(limit)}}})
	return err
}

func (s *scenario) searchesWhere(ctx context.Context, who string, filters *godog.Table) error {
	query := url.Values{"limit": {"100"}}
	for _, row := range rows(filters) {
		query.Set(row["filter"], row["value"])
	}
	_, err := s.list(ctx, listing{who, "/api/v1/search", query})
	return err
}

func (s *scenario) searchesBookings(ctx context.Context, who, text string) error {
	_, err := s.list(ctx, listing{who, "/api/v1/search/bookings", url.Values{"q": {text}, "limit": {"100"}}})
	return err
}

func (s *scenario) searchFindsBookings(ctx context.Context, want int, event string) error {
	id, err := s.event(event)
	if err != nil {
		return err
	}
	ofEvent := func(i item) bool { return i.EventID == id }
	return s.listCounts(ctx, ofEvent, func(n int) bool { return n == want }, "the search should find %d bookings for %q", want, event)
}

func (s *scenario) searchFindsAs(ctx context.Context, event, status string) error {
	id, err := s.event(event)
	if err != nil {
		return err
	}
	is := func(i item) bool { return i.ID == id && i.Status == status }
	return s.listCounts(ctx, is, atLeastOne, "the search should find %q as %q", event, status)
}

func (s *scenario) searchFindsBefore(ctx context.Context, first, second string) error {
	ids := make([]string, 2)
	for i, name := range []string{first, second} {
		id, err := s.event(name)
		if err != nil {
			return err
		}
		ids[i] = id
	}
	return eventually(ctx, func(ctx context.Context) error {
		items, err := s.list(ctx, s.listed)
		if err != nil {
			return err
		}
		at := func(id string) int { return slices.IndexFunc(items, func(i item) bool { return i.ID == id }) }
		if a, b := at(ids[0]), at(ids[1]); a < 0 || b < 0 || a > b {
			return s.last.unlike("the search should find %q before %q", first, second)
		}
		return nil
	})
}

func (s *scenario) searchOffersCountry(ctx context.Context, country string) error {
	return eventually(ctx, func(ctx context.Context) error {
		if _, err := s.list(ctx, s.listed); err != nil {
			return err
		}
		var answer struct {
			Facets struct {
				Country []struct {
					Value string
					Count int
				}
			}
		}
		if err := s.last.decode(&answer); err != nil {
			return err
		}
		for _, c := range answer.Facets.Country {
			if c.Value == country && c.Count > 0 {
				return nil
			}
		}
		return s.last.unlike("the search should offer the country %q", country)
	})
}

func (s *scenario) searchMarks(ctx context.Context, text, event string) error {
	id, err := s.event(event)
	if err != nil {
		return err
	}
	inMarks := func(name string) bool { return strings.Contains(name, "<mark>"+text+"</mark>") }
	marked := func(i item) bool { return i.ID == id && slices.ContainsFunc(i.Highlights["name"], inMarks) }
	return s.listCounts(ctx, marked, atLeastOne, "the search should mark %q in %q", text, event)
}
