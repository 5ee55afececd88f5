package steps

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cucumber/godog"
	"github.com/openzipkin/zipkin-go/model"
)

const (
	traceDeadline = slowness * 10 * time.Second
	traceQuiet    = 200 * time.Millisecond // for so long a complete trace does not change
)

func (s *scenario) traceSentences() []Sentence {
	return []Sentence{
		{"from now on requests belong to no trace",
			"As those of most callers; otherwise those of each step belong to one of their own, W3C and sampled.", s.requestsBelongToNone},
		{"from now on requests belong to a {text} trace", `"W3C", "B3" or "B3 single": how the caller says so.`, s.requestsBelongTo},
		{"from now on requests belong to a {text} trace that is not sampled", "", s.requestsBelongToUnsampled},
		{"that trace is followed", "The trace of the last answer: the sentences about the trace mean it until the end.", s.traceFollowed},
		{"the trace is:", "The whole of it, as a tree: service, kind, name and, in brackets, the error.type of each span ([*]: any), " +
			"below the one that caused it; siblings in the order of the alphabet, those that failed alike only once. Waits until all " +
			"is there and stays so.", s.traceIs},
		{"the trace begins below the caller's span", "", s.traceBelowCaller},
		{"the span {text} of the {service} service has:", "A table of tag and value. Waits for it.", s.spanHas},
		{"the span {text} of the {service} service tells {n} time(s) of {text}", "The last text is the name of what happened. Waits for it.",
			s.spanTells},
		{"a trace of its own, {text}, leads to the trace", "The text is the name of its one root, which has a link. Waits for it.", s.traceLeads},
		{"nobody kept the trace", "Looks once everything is delivered and handled. @embedded", s.traceNotKept},
		{"every trace is whole", "One root, no orphan: looks at all recent traces once everything is delivered and handled. @embedded",
			s.tracesWhole},
		{"no trace tells of {text}", "In a span's name or tags. Looks once everything is delivered and handled. @embedded", s.noTraceTells},
	}
}

func (s *scenario) requestsBelongToNone(context.Context) error {
	s.caller = caller{}
	return nil
}

func (s *scenario) requestsBelongTo(_ context.Context, headers string) error {
	return s.callAs(caller{headers, true})
}

func (s *scenario) requestsBelongToUnsampled(_ context.Context, headers string) error {
	return s.callAs(caller{headers, false})
}

func (s *scenario) callAs(c caller) error {
	if !slices.Contains([]string{"W3C", "B3", "B3 single"}, c.headers) {
		return fmt.Errorf(`there is no %q trace: it is "W3C", "B3" or "B3 single"`, c.headers)
	}
	s.caller = c
	return nil
}

func (s *scenario) traceFollowed(context.Context) error {
	s.followed = s.last
	return nil
}

// traced returns the exchange whose trace the sentences mean.
func (s *scenario) traced() *exchange {
	if s.followed != nil {
		return s.followed
	}
	return s.last
}

// traceID returns the id of that trace; empty before the first answer.
func (s *scenario) traceID() string {
	if e := s.traced(); e != nil {
		return e.trace
	}
	return ""
}

// tree returns the trace as far as it has arrived.
func (s *scenario) tree(ctx context.Context) (tree, error) {
	e := s.traced()
	if e == nil || e.trace == "" {
		return tree{}, errors.New("there is no answer with a trace yet")
	}
	spans, err := s.world.Traces().Trace(ctx, e.trace)
	return tree{spans: spans, caller: e.caller}, err
}

// look fails with the tree unless it is as it should be.
func (s *scenario) look(ctx context.Context, wrong func(tree) error) error {
	t, err := s.tree(ctx)
	if err != nil {
		return err
	}
	if err := wrong(t); err != nil {
		return fmt.Errorf("%w; the trace %s is\n%s", err, s.traceID(), t)
	}
	return nil
}

// awaitTrace waits until something is true of the trace, whatever else may come.
func (s *scenario) awaitTrace(ctx context.Context, wrong func(tree) error) error {
	return within(ctx, traceDeadline, func(ctx context.Context) error { return s.look(ctx, wrong) })
}

// awaitWholeTrace waits until the trace is as it should be and stays so: nothing may come late that does not belong there.
func (s *scenario) awaitWholeTrace(ctx context.Context, wrong func(tree) error) error {
	return within(ctx, traceDeadline, func(ctx context.Context) error {
		if err := s.look(ctx, wrong); err != nil {
			return err
		}
		select {
		case <-time.After(traceQuiet):
		case <-ctx.Done():
			return ctx.Err()
		}
		return s.look(ctx, wrong)
	})
}

func (s *scenario) traceIs(ctx context.Context, want *godog.DocString) error {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.ToLower(strings.TrimSpace(want.Content))), `\[\*\]`, `\[[^\n]+\]`)
	shape, err := regexp.Compile(`^` + pattern + `\n$`)
	if err != nil {
		return err
	}
	return s.awaitWholeTrace(ctx, func(t tree) error {
		if !shape.MatchString(t.String()) {
			return fmt.Errorf("the trace should be\n%s", want.Content)
		}
		return nil
	})
}

func (s *scenario) traceBelowCaller(ctx context.Context) error {
	return s.awaitTrace(ctx, func(t tree) error {
		if roots := t.roots(); len(roots) != 1 || roots[0].ParentID == nil {
			return fmt.Errorf("one span should be below that of the caller, %s", t.caller)
		}
		return nil
	})
}

func (s *scenario) spanHas(ctx context.Context, name, service string, table *godog.Table) error {
	return s.awaitTrace(ctx, func(t tree) error {
		return t.one(name, service, func(span model.SpanModel) error {
			for _, row := range rows(table) {
				if got := span.Tags[row["tag"]]; got != row["value"] {
					return fmt.Errorf("the tag %s of %s should be %q, not %q", row["tag"], line(span), row["value"], got)
				}
			}
			return nil
		})
	})
}

func (s *scenario) spanTells(ctx context.Context, name, service string, times int, event string) error {
	return s.awaitTrace(ctx, func(t tree) error {
		return t.one(name, service, func(span model.SpanModel) error {
			told := 0
			for _, a := range span.Annotations {
				if name, _, _ := strings.Cut(a.Value, ": "); name == event {
					told++
				}
			}
			if told != times {
				return fmt.Errorf("%s should tell %d times of %q, not %d times: %v", line(span), times, event, told, span.Annotations)
			}
			return nil
		})
	})
}

// one checks the only span of a service with that name.
func (t tree) one(name, service string, wrong func(model.SpanModel) error) error {
	var found []model.SpanModel
	for _, span := range t.spans {
		if serviceOf(span) == service && strings.EqualFold(span.Name, name) {
			found = append(found, span)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("there should be one span %q of the %s service, not %d", name, service, len(found))
	}
	return wrong(found[0])
}
