package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cucumber/godog"

	"github.com/myevents/myevents/features/worlds"
)

// lookPause is how long metrics are left alone between two looks.
const lookPause = 50 * time.Millisecond

func (s *scenario) metricSentences() []Sentence {
	return []Sentence{
		{"the metrics are noted", "As they are now, once everything is delivered and handled.", s.notesMetrics},
		{"these metrics went up:", "A table of metric, which is any PromQL with one value, and by, which may be 0: since they were noted, " +
			"and once everything is delivered and handled. Waits for it.", s.metricsWentUp},
		{"the metric {text} is {n}", "The text is any PromQL with one value. Waits for it.", s.metricIs},
		{"the metric {text} is at least {n}", "Waits for it.", s.metricIsAtLeast},
		{"the metric {text} still is {n}", "Looks once everything is delivered and handled.", s.metricStillIs},
		{"an example of the metric {text} is the trace", "An exemplar, since the metrics were noted. Waits for it.", s.metricExemplifies},
	}
}

// settled waits until nothing is under way, in worlds that can tell.
func (s *scenario) settled(ctx context.Context) error {
	if _, tells := s.world.(worlds.Controls); !tells {
		return nil
	}
	return s.everythingHandled(ctx)
}

func (s *scenario) notesMetrics(ctx context.Context) (err error) {
	if err := s.settled(ctx); err != nil {
		return err
	}
	s.noted, err = s.world.Metrics().Now(ctx)
	return err
}

// value evaluates a question that has one answer.
func (s *scenario) value(ctx context.Context, metric string, at time.Time) (float64, error) {
	samples, err := s.world.Metrics().Query(ctx, metric, at)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", metric, err)
	}
	if len(samples) != 1 {
		return 0, fmt.Errorf("%s should have one value, not %d: %v", metric, len(samples), samples)
	}
	return samples[0].Value, nil
}

func (s *scenario) metricsWentUp(ctx context.Context, table *godog.Table) error {
	if s.noted.IsZero() {
		return errors.New("the metrics have not been noted")
	}
	if err := s.settled(ctx); err != nil {
		return err
	}
	return s.onMetrics(ctx, func(now time.Time) error {
		var failures []error
		for _, row := range rows(table) {
			failures = append(failures, s.wentUp(ctx, row["metric"], row["by"], now))
		}
		return errors.Join(failures...)
	})
}

// onMetrics looks at ever newer metrics until they are as they should be: a request is counted only after its answer. A
// Prometheus may take longer for the next metrics than a scenario has patience, so it looks twice at least.
func (s *scenario) onMetrics(ctx context.Context, look func(now time.Time) error) error {
	deadline := time.Now().Add(patience)
	for {
		last := time.Now().After(deadline)
		now, err := s.world.Metrics().Now(ctx)
		if err != nil {
			return err
		}
		if err = look(now); err == nil {
			return nil
		}
		if last {
			return fmt.Errorf("not within %s: %w", patience, err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(lookPause):
		}
	}
}

func (s *scenario) wentUp(ctx context.Context, metric, by string, now time.Time) error {
	want, err := strconv.ParseFloat(by, 64)
	if err != nil {
		return fmt.Errorf("the column by: %w", err)
	}
	before, err := s.value(ctx, metric, s.noted)
	if err != nil {
		return fmt.Errorf("when they were noted, %w", err)
	}
	after, err := s.value(ctx, metric, now)
	if err != nil {
		return err
	}
	if after-before != want {
		return fmt.Errorf("%s should have gone up by %v, not %v: from %v to %v", metric, want, after-before, before, after)
	}
	return nil
}

func (s *scenario) metricIs(ctx context.Context, metric string, want int) error {
	return s.metricFits(ctx, metric, fmt.Sprintf("be %d", want), func(value float64) bool { return value == float64(want) })
}

func (s *scenario) metricIsAtLeast(ctx context.Context, metric string, least int) error {
	return s.metricFits(ctx, metric, fmt.Sprintf("be at least %d", least), func(value float64) bool { return value >= float64(least) })
}

func (s *scenario) metricFits(ctx context.Context, metric, should string, fits func(float64) bool) error {
	return s.onMetrics(ctx, func(now time.Time) error {
		value, err := s.value(ctx, metric, now)
		if err != nil {
			return err
		}
		if !fits(value) {
			return fmt.Errorf("%s should %s, not %v", metric, should, value)
		}
		return nil
	})
}

func (s *scenario) metricStillIs(ctx context.Context, metric string, want int) error {
	if err := s.settled(ctx); err != nil {
		return err
	}
	now, err := s.world.Metrics().Now(ctx)
	if err != nil {
		return err
	}
	value, err := s.value(ctx, metric, now)
	if err != nil {
		return err
	}
	if value != float64(want) {
		return fmt.Errorf("%s should still be %d, not %v", metric, want, value)
	}
	return nil
}

func (s *scenario) metricExemplifies(ctx context.Context, metric string) error {
	return s.onMetrics(ctx, func(time.Time) error {
		traces, err := s.world.Metrics().Exemplars(ctx, metric, s.noted)
		if err != nil {
			return err
		}
		if !slices.Contains(traces, s.traceID()) {
			return fmt.Errorf("an example of %s should be the trace %s, but its examples are %v", metric, s.traceID(), traces)
		}
		return nil
	})
}
