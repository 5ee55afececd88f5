// Package report records what scenarios did and writes it as one HTML page that people can read: failed scenarios
// first, each with its steps, their times and trace ids, and for a failed one what its services logged and the trace it failed in.
package report

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cucumber/godog"
	messages "github.com/cucumber/messages/go/v21"
)

// Report collects the scenarios of one run. It is safe for concurrent use; create it with New.
type Report struct {
	title   string
	started time.Time
	trace   func(context.Context) string

	mu        sync.Mutex
	scenarios map[string]*Scenario // by pickle id
}

// Scenario is one scenario that ran.
type Scenario struct {
	Name    string
	Feature string // the feature file's name in words
	Tags    []string
	Steps   []Step
	Logs    string // of a failed scenario, where its world keeps them
	Trace   string // of its failed step's requests as a tree, where its world has that door
}

// Step is one step that ran, or was left out after a failed one.
type Step struct {
	Keyword string // Given, When, Then or And
	Text    string
	Detail  string // the table or text below it
	Status  string // passed, failed, skipped, undefined, pending or ambiguous
	Error   string
	Took    time.Duration
	TraceID string // the trace of its requests
}

// New returns an empty report. The trace function returns the trace id of the step that runs in a context.
func New(title string, trace func(context.Context) string) *Report {
	return &Report{title: title, started: time.Now(), trace: trace, scenarios: map[string]*Scenario{}}
}

// Watch records a scenario by the hooks of its context. After a failed step, told returns what the platform told. Watch
// must come after the hooks that open the world and set the trace.
func (r *Report) Watch(sc *godog.ScenarioContext, told func(context.Context) (logs, trace string)) {
	var began time.Time
	var scenario *Scenario
	sc.Before(func(ctx context.Context, p *godog.Scenario) (context.Context, error) {
		scenario = r.begin(p)
		return ctx, nil
	})
	sc.StepContext().Before(func(ctx context.Context, _ *godog.Step) (context.Context, error) {
		began = time.Now()
		return ctx, nil
	})
	sc.StepContext().After(func(ctx context.Context, s *godog.Step, status godog.StepResultStatus, err error) (context.Context, error) {
		step := Step{
			Keyword: keyword(scenario.Steps, s), Text: s.Text, Detail: detail(s), Status: status.String(),
			Took: time.Since(began), TraceID: r.trace(ctx),
		}
		if err != nil {
			step.Error = err.Error()
		}
		if status == godog.StepFailed {
			scenario.Logs, scenario.Trace = told(ctx)
		}
		r.add(scenario, step)
		return ctx, nil
	})
}

func (r *Report) begin(p *godog.Scenario) *Scenario {
	s := &Scenario{Name: p.Name, Feature: inWords(p.Uri)}
	for _, tag := range p.Tags {
		s.Tags = append(s.Tags, tag.Name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scenarios[p.Id] = s
	return s
}

func (r *Report) add(s *Scenario, step Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Steps = append(s.Steps, step)
}

// inWords turns book_seats.feature into "book seats".
func inWords(uri string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(uri), ".feature"), "_", " ")
}

// keyword is what the feature file probably says: the parser keeps only a step's meaning.
func keyword(before []Step, s *godog.Step) string {
	words := map[messages.PickleStepType]string{
		messages.PickleStepType_CONTEXT: "Given", messages.PickleStepType_ACTION: "When", messages.PickleStepType_OUTCOME: "Then",
	}
	word := words[s.Type]
	for _, step := range slices.Backward(before) {
		if step.Keyword != "And" {
			if step.Keyword == word {
				return "And"
			}
			break
		}
	}
	return word
}

func detail(s *godog.Step) string {
	switch {
	case s.Argument == nil:
		return ""
	case s.Argument.DocString != nil:
		return s.Argument.DocString.Content
	default:
		var lines []string
		for _, row := range s.Argument.DataTable.Rows {
			var cells []string
			for _, cell := range row.Cells {
				cells = append(cells, cell.Value)
			}
			lines = append(lines, "| "+strings.Join(cells, " | ")+" |")
		}
		return strings.Join(lines, "\n")
	}
}

// Failed reports whether a step did not do what it should: it failed, or nobody knows what it means.
func (s *Scenario) Failed() bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Status != "passed" && step.Status != "skipped" })
}

// Skipped reports whether the world cannot do what the scenario needs; its first step says why.
func (s *Scenario) Skipped() bool {
	return !s.Failed() && slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Status == "skipped" })
}

// Took is the time of all steps together, without opening and closing the world.
func (s *Scenario) Took() (sum time.Duration) {
	for _, step := range s.Steps {
		sum += step.Took
	}
	return sum
}

// Empty reports whether no scenario ran.
func (r *Report) Empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.scenarios) == 0
}

// AllSkipped reports whether not one scenario was run to its end.
func (r *Report) AllSkipped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.scenarios {
		if !s.Skipped() {
			return false
		}
	}
	return true
}

//go:embed report.html.tmpl
var page string

// Write writes the page: failed scenarios first, then by feature and name.
func (r *Report) Write(w io.Writer) error {
	tmpl, err := template.New("report").Funcs(template.FuncMap{"took": took}).Parse(page)
	if err != nil {
		return fmt.Errorf("parse the report's template: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	scenarios := slices.SortedFunc(maps.Values(r.scenarios), func(a, b *Scenario) int {
		if a.Failed() != b.Failed() {
			return map[bool]int{true: -1, false: 1}[a.Failed()]
		}
		return cmp.Or(cmp.Compare(a.Feature, b.Feature), cmp.Compare(a.Name, b.Name))
	})
	failed, skipped := 0, 0
	for _, s := range scenarios {
		switch {
		case s.Failed():
			failed++
		case s.Skipped():
			skipped++
		}
	}
	return tmpl.Execute(w, map[string]any{
		"Title": r.title, "Started": r.started.UTC().Format(time.RFC3339), "Took": time.Since(r.started),
		"Scenarios": scenarios, "Failed": failed, "Skipped": skipped, "Passed": len(scenarios) - failed - skipped,
	})
}

func took(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
