package steps

import (
	"context"
	"net/http"
)

func (s *scenario) replaySentences() []Sentence {
	return []Sentence{
		{"the copy of the {service} service is noted",
			"The booking copy or the search index, as it is now: first make sure that it is up to date. @exclusive", s.notesCopy},
		{"the {service} service loses its copy", "@exclusive", s.losesCopy},
		{"the {service} service replays", "What `myevents replay` does. @exclusive", s.replays},
		{"the copy of the {service} service is as noted", "Waits for it. @exclusive", s.copyAsNoted},
		{"the copy of the {service} service is not as noted", "@exclusive", s.copyNotAsNoted},
		{"{person} keeps booking and cancelling a seat for {event}", "In the background, until they stop.", s.keepsBooking},
		{"{person} stops booking and was never refused", "", s.stopsBooking},
	}
}

// copyOf returns a service's copy of what other services own, a line for each thing, in an order of the service's own.
func (s *scenario) copyOf(ctx context.Context, service string) (string, error) {
	if err := s.admin(ctx, service, http.MethodGet, "/copy"); err != nil {
		return "", err
	}
	return string(s.last.answer), nil
}

func (s *scenario) notesCopy(ctx context.Context, service string) error {
	content, err := s.copyOf(ctx, service)
	s.copies[service] = content
	return err
}

func (s *scenario) losesCopy(ctx context.Context, service string) error {
	return s.admin(ctx, service, http.MethodDelete, "/copy")
}

func (s *scenario) replays(ctx context.Context, service string) error {
	return s.admin(ctx, service, http.MethodPost, "/replay")
}

func (s *scenario) copyAsNoted(ctx context.Context, service string) error {
	return eventually(ctx, func(ctx context.Context) error {
		content, err := s.copyOf(ctx, service)
		if err != nil {
			return err
		}
		if content != s.copies[service] {
			return s.last.unlike("the copy should be as noted:\n%s", s.copies[service])
		}
		return nil
	})
}

func (s *scenario) copyNotAsNoted(ctx context.Context, service string) error {
	content, err := s.copyOf(ctx, service)
	if err != nil {
		return err
	}
	if content == s.copies[service] {
		return s.last.unlike("the copy should have changed")
	}
	return nil
}
