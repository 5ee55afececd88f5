package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/openzipkin/zipkin-go/model"
)

func (s *scenario) traceLeads(ctx context.Context, root string) error {
	linked := func(span model.SpanModel) bool {
		for tag, value := range span.Tags {
			if strings.HasPrefix(tag, "otlp.link.") && strings.Contains(value, s.traceID()) {
				return true
			}
		}
		return false
	}
	return within(ctx, traceDeadline, func(ctx context.Context) error {
		traces, err := s.world.Traces().Recent(ctx)
		if err != nil {
			return err
		}
		for _, spans := range traces {
			if roots := (tree{spans: spans}).roots(); len(roots) == 1 && strings.EqualFold(roots[0].Name, root) && linked(roots[0]) {
				return nil
			}
		}
		return fmt.Errorf("no trace %q leads to the trace %s", root, s.traceID())
	})
}

// flushed waits until every span that has ended is where it can be seen: those of a request that comes after them are. Spans
// are exported in the order in which they end.
func (s *scenario) flushed(ctx context.Context) error {
	if err := s.everythingHandled(ctx); err != nil {
		return err
	}
	e, err := s.client.do(withTrace(ctx, caller{"W3C", true}), request{method: http.MethodGet, path: "/api/v1/events?limit=1"})
	if err != nil {
		return err
	}
	return within(ctx, traceDeadline, func(ctx context.Context) error {
		spans, err := s.world.Traces().Trace(ctx, e.trace)
		if err != nil {
			return err
		}
		if roots := (tree{spans: spans, caller: e.caller}).roots(); len(roots) != 1 {
			return fmt.Errorf("the trace %s should be complete", e.trace)
		}
		return nil
	})
}

func (s *scenario) traceNotKept(ctx context.Context) error {
	if err := s.flushed(ctx); err != nil {
		return err
	}
	t, err := s.tree(ctx)
	if err != nil {
		return err
	}
	if len(t.spans) > 0 {
		return fmt.Errorf("nobody should have kept the trace %s:\n%s", s.traceID(), t)
	}
	return nil
}

// recent returns all traces that are kept, once nothing is under way.
func (s *scenario) recent(ctx context.Context) ([]tree, error) {
	if err := s.flushed(ctx); err != nil {
		return nil, err
	}
	traces, err := s.world.Traces().Recent(ctx)
	if err == nil && len(traces) == 0 {
		err = errors.New("there is no trace at all")
	}
	var all []tree
	for _, spans := range traces {
		all = append(all, tree{spans: spans})
	}
	return all, err
}

// tracesWhole takes a span that says it was called, and by nobody here, for a root: requests name callers that nobody
// records.
func (s *scenario) tracesWhole(ctx context.Context) error {
	all, err := s.recent(ctx)
	if err != nil {
		return err
	}
	var broken []error
	for _, t := range all {
		for _, orphan := range t.orphans() {
			if serviceOf(orphan) != "gateway" || orphan.Kind != model.Server {
				broken = append(broken, fmt.Errorf("%s has lost its cause in the trace\n%s", line(orphan), t))
			}
		}
	}
	return errors.Join(broken...)
}

func (s *scenario) noTraceTells(ctx context.Context, text string) error {
	all, err := s.recent(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		for _, span := range t.spans {
			if document, err := span.MarshalJSON(); err != nil || strings.Contains(string(document), text) {
				return errors.Join(fmt.Errorf("no trace should tell of %q, but this one does:\n%s%s", text, t, document), err)
			}
		}
	}
	return nil
}
