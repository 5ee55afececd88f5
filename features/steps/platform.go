package steps

import (
	"context"
	"errors"

	"github.com/myevents/myevents/features/worlds"
)

func (s *scenario) platformSentences() []Sentence {
	return []Sentence{
		{"the {service} service stops", "@exclusive", s.serviceStops},
		{"the {service} service starts again", "@exclusive", s.serviceStarts},
		{"{time} pass", "Moves the platform's clock forward. @embedded", s.timePasses},
		{"everything is delivered and handled", "Waits until no message is under way. @embedded", s.everythingHandled},
	}
}

func (s *scenario) serviceStops(ctx context.Context, service string) error {
	world, err := need[worlds.Services](s)
	if err != nil {
		return err
	}
	return world.StopService(ctx, service)
}

func (s *scenario) serviceStarts(ctx context.Context, service string) error {
	world, err := need[worlds.Services](s)
	if err != nil {
		return err
	}
	return world.StartService(ctx, service)
}

func (s *scenario) timePasses(_ context.Context, text string) error {
	world, err := need[worlds.Controls](s)
	if err != nil {
		return err
	}
	d, err := duration(text)
	if err != nil {
		return err
	}
	world.Advance(d)
	s.ahead += d
	return nil
}

// everythingHandled is the barrier in front of every "nothing has changed".
func (s *scenario) everythingHandled(ctx context.Context) error {
	world, err := need[worlds.Controls](s)
	if err != nil {
		return err
	}
	return eventually(ctx, func(ctx context.Context) error {
		if !world.Idle(ctx) {
			return errors.New("messages are still under way")
		}
		return nil
	})
}
