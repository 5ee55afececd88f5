package steps

import (
	"context"
	"errors"

	"github.com/cucumber/godog"

	"github.com/myevents/myevents/features/worlds"
)

func (s *scenario) platformSentences() []Sentence {
	return []Sentence{
		{"the {service} service stops", "@exclusive", s.serviceStops},
		{"the {service} service starts again", "@exclusive", s.serviceStarts},
		{"somebody looks at {text} on the admin port of the {service} service", "", s.looksAtAdmin},
		{"the broker goes away", "@exclusive", s.brokerStops},
		{"the broker comes back", "@exclusive", s.brokerStarts},
		{"the platform restarts with these settings:",
			"A table of setting, the name of an environment variable, and value; data stays. @embedded", s.platformRestarts},
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

func (s *scenario) brokerStops(ctx context.Context) error {
	world, err := need[worlds.Broker](s)
	if err != nil {
		return err
	}
	return world.StopBroker(ctx)
}

func (s *scenario) brokerStarts(ctx context.Context) error {
	world, err := need[worlds.Broker](s)
	if err != nil {
		return err
	}
	return world.StartBroker(ctx)
}

func (s *scenario) platformRestarts(ctx context.Context, table *godog.Table) error {
	world, err := need[worlds.Controls](s)
	if err != nil {
		return err
	}
	settings := map[string]string{}
	for _, row := range rows(table) {
		settings[row["setting"]] = row["value"]
	}
	s.client.close()
	if err := world.Restart(ctx, settings); err != nil {
		return err
	}
	s.client = newClient(s.world.Gateway())
	return nil
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
