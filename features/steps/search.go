package steps

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (s *scenario) searchSentences() []Sentence {
	return []Sentence{
		{"{person} searches for {text}", "All pages of the answer.", s.searches},
		{"{person} searches for {text} and gets {n} at a time", "Follows the cursors to the end.", s.searchesAtATime},
		{"{person} searches their bookings for {text}", "All pages of the answer.", s.searchesBookings},
		{"the search finds {event}", "Waits for it, searching again.", s.listShows},
		{"the search finds {event} once", "Waits for it, searching again.", s.listShowsOnce},
		{"the search finds {event} as {text}", "The text is its status. Waits for it, searching again.", s.searchFindsAs},
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

func (s *scenario) searchMarks(ctx context.Context, text, event string) error {
	id, err := s.event(event)
	if err != nil {
		return err
	}
	inMarks := func(name string) bool { return strings.Contains(name, "<mark>"+text+"</mark>") }
	marked := func(i item) bool { return i.ID == id && slices.ContainsFunc(i.Highlights["name"], inMarks) }
	return s.listCounts(ctx, marked, atLeastOne, "the search should mark %q in %q", text, event)
}
