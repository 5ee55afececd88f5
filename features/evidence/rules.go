package evidence

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"

	"github.com/myevents/myevents/features/operations"
)

// ruleFiles returns the files that the configuration names, in order.
func ruleFiles(c *config.Config) (all []string, err error) {
	for _, pattern := range c.RuleFiles {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("files of rules %s: %w", pattern, err)
		}
		all = append(all, files...)
	}
	slices.Sort(all)
	return all, nil
}

// recordings returns the expressions of the recording rules, by what they record.
func (p *Prometheus) recordings() map[string][]parser.Expr {
	all := map[string][]parser.Expr{}
	for _, g := range p.groups {
		for _, r := range g.Rules() {
			if recording, ok := r.(*rules.RecordingRule); ok {
				all[r.Name()] = append(all[r.Name()], recording.Query())
			}
		}
	}
	return all
}

// alerts returns the alerts, those that have several severities once for each.
func (p *Prometheus) alerts() (all []*rules.AlertingRule) {
	for _, g := range p.groups {
		all = append(all, g.AlertingRules()...)
	}
	return all
}

// rule returns all that is wrong with a rule: whether it holds or not, it has to look at something.
func (w walker) rule(ctx context.Context, r rules.Rule) error {
	if err := r.LastError(); err != nil {
		return err
	}
	return errors.Join(w.check(ctx, r.Query()), w.matches(ctx, r.Query()))
}

// alert checks what an alert leads to: its runbook, and a dashboard with a panel that has the same runbook.
func (w walker) alert(r *rules.AlertingRule) error {
	annotations := r.Annotations()
	runbook := annotations.Get("runbook_url")
	path, ours := strings.CutPrefix(runbook, operations.Repository)
	if !ours {
		return fmt.Errorf("its runbook is %q", runbook)
	}
	if err := w.at.file(path); err != nil {
		return err
	}
	uid := strings.TrimPrefix(annotations.Get("dashboard"), "/d/")
	i := slices.IndexFunc(w.at.dashboards, func(d operations.Dashboard) bool { return d.UID == uid })
	if i < 0 {
		return fmt.Errorf("its dashboard is %q", annotations.Get("dashboard"))
	}
	watched := slices.ContainsFunc(w.at.dashboards[i].Panels, func(p operations.Panel) bool {
		return slices.ContainsFunc(p.Links, func(l operations.PanelLink) bool { return l.URL == runbook })
	})
	if !watched {
		return fmt.Errorf("no panel of the dashboard %s leads to its runbook", uid)
	}
	return nil
}
