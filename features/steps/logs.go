package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cucumber/godog"

	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/features/worlds"
)

func (s *scenario) logSentences() []Sentence {
	return []Sentence{
		{"the trace has these log lines:", "A table whose columns are fields; every row is a line, maybe beside others, and an empty cell " +
			"any value. Waits for it.", s.traceLogged},
		{"no secret shows in the logs, metrics and traces",
			"No password, token, key or e-mail address of this scenario or of the platform's settings. Looks once everything is delivered " +
				"and handled; every scenario with a platform of its own ends with it anyway.", s.noSecretShows},
		{"nothing in the logs, metrics and traces tells of any of these:",
			"A table with the column secret. Looks once everything is delivered and handled.", s.nothingTells},
	}
}

// logged returns the lines of the trace that have these values.
func (s *scenario) logged(ctx context.Context, fields map[string]string) ([]doors.Line, error) {
	fields = maps.Clone(fields)
	fields["trace.id"] = s.traceID()
	maps.DeleteFunc(fields, func(_, value string) bool { return value == "" })
	return s.world.Logs().Find(ctx, fields)
}

func (s *scenario) traceLogged(ctx context.Context, table *godog.Table) error {
	return eventually(ctx, func(ctx context.Context) error {
		var missing []error
		for _, row := range rows(table) {
			lines, err := s.logged(ctx, row)
			if err != nil {
				return err
			}
			if len(lines) == 0 {
				missing = append(missing, fmt.Errorf("there should be a log line with %v", row))
			}
		}
		if len(missing) > 0 {
			all, err := s.logged(ctx, map[string]string{})
			missing = append(missing, fmt.Errorf("those of the trace are %v", all), err)
		}
		return errors.Join(missing...)
	})
}

const (
	shortestSecret = 10 // keeps short words, which somebody tried as a password, from being found everywhere
	longestSecret  = 60 // of a longer one, such as a token, the end tells enough; it is found many times faster
)

func (s *scenario) noSecretShows(ctx context.Context) error {
	if err := s.settled(ctx); err != nil {
		return err
	}
	return s.nothingLeaks(ctx)
}

// nothingLeaks looks for the secrets of the world and of this scenario's people.
func (s *scenario) nothingLeaks(ctx context.Context) error {
	world, err := need[worlds.Secrets](s)
	if err != nil {
		return err
	}
	secrets := append(world.Secrets(), s.secrets...)
	return s.untold(ctx, slices.DeleteFunc(secrets, func(secret string) bool { return len(secret) < shortestSecret }))
}

func (s *scenario) nothingTells(ctx context.Context, table *godog.Table) error {
	if err := s.settled(ctx); err != nil {
		return err
	}
	var secrets []string
	for _, row := range rows(table) {
		secrets = append(secrets, row["secret"])
	}
	return s.untold(ctx, secrets)
}

// untold fails with every one of the secrets that shows in what the platform has told.
func (s *scenario) untold(ctx context.Context, secrets []string) error {
	world, err := need[worlds.Secrets](s)
	if err != nil {
		return err
	}
	told, err := world.Told(ctx)
	if err != nil {
		return fmt.Errorf("collect what the platform told: %w", err)
	}
	var leaks []error
	for _, secret := range secrets {
		secret = secret[max(len(secret)-longestSecret, 0):]
		if at := strings.Index(told, secret); at >= 0 {
			around := told[max(at-200, 0):min(at+len(secret)+50, len(told))]
			leaks = append(leaks, fmt.Errorf("the secret %q was told: …%s…", secret, around))
		}
	}
	return errors.Join(leaks...)
}
