package steps

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cucumber/godog"
)

// listing is a list somebody asked for: it can be asked for again, until it shows what it should.
type listing struct {
	who   string
	path  string
	query url.Values
}

// item is one entry of any list.
type item struct {
	ID         string
	Name       string
	EventID    string `json:"event_id"`
	EventName  string `json:"event_name"`
	Status     string
	Seats      int
	Highlights map[string][]string
}

// mostPages bounds the walk through a list whose cursors never end.
const mostPages = 1000

// list walks a list to its end. The last answer is its last page.
func (s *scenario) list(ctx context.Context, l listing) ([]item, error) {
	s.listed = l
	var items []item
	query := url.Values{}
	for name, values := range l.query {
		query[name] = values
	}
	for range mostPages {
		if err := s.sendAs(ctx, l.who, http.MethodGet, l.path+"?"+query.Encode(), ""); err != nil {
			return nil, err
		}
		if s.last.status != http.StatusOK {
			return nil, nil // a refusal is for the sentences about answers
		}
		var page struct {
			Items      []item
			NextCursor string `json:"next_cursor"`
		}
		if err := s.last.decode(&page); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.NextCursor == "" {
			return items, nil
		}
		query.Set("cursor", page.NextCursor)
	}
	return nil, s.last.unlike("the list should end within %d pages", mostPages)
}

func (s *scenario) listsEvents(ctx context.Context, who string) error {
	return s.listsEventsAtATime(ctx, who, 100)
}

func (s *scenario) listsEventsAtATime(ctx context.Context, who string, limit int) error {
	_, err := s.list(ctx, listing{who, "/api/v1/events", url.Values{"limit": {strconv.Itoa(limit)}}})
	return err
}

func (s *scenario) listsEventsWhere(ctx context.Context, who string, filters *godog.Table) error {
	query := url.Values{"limit": {"100"}}
	for _, row := range rows(filters) {
		name, value := row["filter"], row["value"]
		if id, ok := s.locations[value]; ok && name == "location_id" {
			value = id
		}
		query.Set(name, value)
	}
	_, err := s.list(ctx, listing{who, "/api/v1/events", query})
	return err
}

func (s *scenario) listsEventsWithin(ctx context.Context, who, text string) error {
	return s.listsEventsByStart(ctx, who, "to", text)
}

func (s *scenario) listsEventsAfter(ctx context.Context, who, text string) error {
	return s.listsEventsByStart(ctx, who, "from", text)
}

func (s *scenario) listsEventsByStart(ctx context.Context, who, filter, text string) error {
	d, err := duration(text)
	if err != nil {
		return err
	}
	query := url.Values{"limit": {"100"}, filter: {s.now().Add(d).UTC().Format(time.RFC3339)}}
	_, err = s.list(ctx, listing{who, "/api/v1/events", query})
	return err
}

func (s *scenario) listShows(ctx context.Context, name string) error {
	return s.listCountsEvent(ctx, name, atLeastOne, "the list should show %q")
}

func (s *scenario) listHides(ctx context.Context, name string) error {
	return s.listCountsEvent(ctx, name, func(n int) bool { return n == 0 }, "the list should not show %q")
}

func (s *scenario) listShowsOnce(ctx context.Context, name string) error {
	return s.listCountsEvent(ctx, name, func(n int) bool { return n == 1 }, "the list should show %q once")
}

func atLeastOne(n int) bool { return n > 0 }

func (s *scenario) listCountsEvent(ctx context.Context, name string, right func(n int) bool, complaint string) error {
	id, err := s.event(name)
	if err != nil {
		return err
	}
	return s.listCounts(ctx, func(i item) bool { return i.ID == id }, right, complaint, name)
}

// listCounts asks for the last list again until the number of wanted items in it is right.
func (s *scenario) listCounts(ctx context.Context, wanted func(item) bool, right func(n int) bool, complaint string, args ...any) error {
	return eventually(ctx, func(ctx context.Context) error {
		items, err := s.list(ctx, s.listed)
		if err != nil {
			return err
		}
		n := 0
		for _, i := range items {
			if wanted(i) {
				n++
			}
		}
		if !right(n) {
			return s.last.unlike(complaint, args...)
		}
		return nil
	})
}
