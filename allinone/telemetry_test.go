package allinone_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/myevents/myevents/contracts/logs"
)

// TestTelemetry takes the tour and compares what was told with docs/telemetry.md, the schema of log lines and the rules
// of the house.
func TestTelemetry(t *testing.T) {
	t.Parallel()
	r := startTour(t)
	r.take()
	metrics := scrape(t, r.app, "")
	p := readPage(t)

	t.Run("kinds of spans are documented", func(t *testing.T) { checkSpans(t, p, r.spans.Ended()) })
	t.Run("store operations are documented", func(t *testing.T) { checkStoreOperations(t, p, r.spans.Ended()) })
	t.Run("span events are documented", func(t *testing.T) { checkSpanEvents(t, p, r.spans.Ended()) })
	t.Run("attributes are explained", func(t *testing.T) { checkAttributes(t, p, r.spans.Ended()) })
	t.Run("metrics are documented", func(t *testing.T) { checkMetrics(t, p, metrics) })
	t.Run("metrics are clean", func(t *testing.T) { checkHygiene(t, metrics) })
	t.Run("exemplars lead to traces", func(t *testing.T) { checkExemplars(t, r) })
	t.Run("log lines are documented", func(t *testing.T) { checkActions(t, p, r.log()) })
	t.Run("log lines follow their schema", func(t *testing.T) { checkLines(t, r.log()) })
	t.Run("a request has one access line", func(t *testing.T) { checkAccessLines(t, r) })
	t.Run("nothing secret is told", func(t *testing.T) { checkSecrets(t, r, metrics) })
}

func checkSpans(t *testing.T, p page, spans []sdktrace.ReadOnlySpan) {
	rows := p.table("Span")
	seen := map[string]set{}
	for _, s := range spans {
		r, known := find(rows, s.Name(), s.SpanKind().String())
		require.True(t, known, "span %q of kind %s", s.Name(), s.SpanKind())
		kind := r.name() + r.cells[1]
		if seen[kind] == nil {
			seen[kind] = set{}
		}
		for _, a := range s.Attributes() {
			seen[kind].add(string(a.Key))
		}
	}
	for _, r := range rows {
		r.requireNames(t, 2, seen[r.name()+r.cells[1]])
	}
}

func checkStoreOperations(t *testing.T, p page, spans []sdktrace.ReadOnlySpan) {
	documented, seen := set{}, set{}
	for _, r := range p.table("Service") {
		documented.add(r.cells[0] + ": " + r.names(1)[0])
	}
	for _, s := range spans {
		if slices.ContainsFunc(s.Attributes(), func(a attribute.KeyValue) bool { return a.Key == "db.system.name" }) {
			service, _ := s.Resource().Set().Value("service.name")
			seen.add(service.AsString() + ": " + s.Name())
		}
	}
	require.Equal(t, documented, seen)
}

func checkSpanEvents(t *testing.T, p page, spans []sdktrace.ReadOnlySpan) {
	rows := p.table("Event")
	seen := set{}
	for _, s := range spans {
		for _, e := range s.Events() {
			r, known := find(rows, e.Name)
			require.True(t, known, "event %q of span %q", e.Name, s.Name())
			seen.add(e.Name)
			attributes := set{}
			for _, a := range e.Attributes {
				attributes.add(string(a.Key))
			}
			r.requireNames(t, 2, attributes)
		}
	}
	require.Equal(t, setOf(names(rows)...), seen)
}

func checkAttributes(t *testing.T, p page, spans []sdktrace.ReadOnlySpan) {
	seen := set{}
	for _, s := range spans {
		for _, a := range s.Attributes() {
			seen.add(string(a.Key))
		}
		for _, e := range s.Events() {
			for _, a := range e.Attributes {
				seen.add(string(a.Key))
			}
		}
		for _, name := range []string{"service.name", "service.version", "deployment.environment.name"} {
			require.True(t, s.Resource().Set().HasValue(attribute.Key(name)), "%s of span %s", name, s.Name())
			seen.add(name)
		}
	}
	require.Equal(t, setOf(names(p.table("Attribute"))...), seen)
}

// checkActions compares the documented actions with the schema, which has all, and with the log, which has those that are
// not rare.
func checkActions(t *testing.T, p page, log string) {
	schema := readSchema(t)
	rows := p.table("Action")
	require.Equal(t, slices.Sorted(maps.Keys(schema.actions())), slices.Sorted(slices.Values(names(rows))))
	told := set{}
	for _, line := range parseLines(t, log) {
		told.add(line["event.action"].(string))
	}
	code := sources(t)
	for _, r := range rows {
		kind := schema.actions()[r.name()]
		require.Equal(t, r.cells[1], strings.Join(kind.levels(), ", "), "level of %s", r.name())
		if r.cells[2] == "audit" {
			require.Equal(t, "audit", kind.Properties["event.category"].Const, r.name())
		} else {
			require.Equal(t, setOf(r.names(2)...), kind.fields(), "fields of %s", r.name())
		}
		require.Equal(t, !r.isRare(), told[r.name()], "%s was told", r.name())
		require.Contains(t, code, `"`+r.name()+`"`)
	}
	require.Equal(t, setOf(names(p.table("Field"))...), schema.fields())
}

func checkLines(t *testing.T, log string) {
	schema, err := logs.NewSchema()
	require.NoError(t, err)
	for line := range strings.Lines(log) {
		require.NoError(t, schema.Validate([]byte(line)))
	}
}

func checkAccessLines(t *testing.T, r *tour) {
	lines, spans := map[string]int{}, map[string]int{}
	for _, line := range parseLines(t, r.log()) {
		if line["event.action"] == "http.request" {
			lines[line["trace.id"].(string)+line["span.id"].(string)]++
		}
	}
	for _, s := range r.spans.Ended() {
		if s.SpanKind().String() == "server" {
			spans[s.SpanContext().TraceID().String()+s.SpanContext().SpanID().String()]++
		}
	}
	require.Equal(t, spans, lines)
}

func parseLines(t *testing.T, log string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for text := range strings.Lines(log) {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &line), text)
		all = append(all, line)
	}
	return all
}

// lineSchema is the part of the log lines' schema that says which action has which fields.
type lineSchema struct {
	Properties map[string]any `json:"properties"`
	AllOf      []struct {
		If   struct{ Properties map[string]choice }
		Then struct {
			Ref string `json:"$ref"`
		}
	} `json:"allOf"`
	Defs map[string]kind `json:"$defs"`
}

// choice allows one value, several, or what another schema allows.
type choice struct {
	Const string
	Enum  []string
	Ref   string `json:"$ref"`
}

// kind is what actions with the same fields have in common, or the list of such actions.
type kind struct {
	Enum       []string
	Properties map[string]choice
}

func readSchema(t *testing.T) lineSchema {
	t.Helper()
	text, err := os.ReadFile("../contracts/logs/line.schema.json")
	require.NoError(t, err)
	var s lineSchema
	require.NoError(t, json.Unmarshal(text, &s))
	return s
}

func (s lineSchema) resolve(ref string) kind { return s.Defs[strings.TrimPrefix(ref, "#/$defs/")] }

func (s lineSchema) actions() map[string]kind {
	all := map[string]kind{}
	for _, rule := range s.AllOf {
		action := rule.If.Properties["event.action"]
		for _, name := range append(s.resolve(action.Ref).Enum, action.Const) {
			if name != "" {
				all[name] = s.resolve(rule.Then.Ref)
			}
		}
	}
	return all
}

func (s lineSchema) fields() set {
	all := setOf(slices.Collect(maps.Keys(s.Properties))...)
	for _, k := range s.actions() {
		all.add(slices.Collect(maps.Keys(k.fields()))...)
	}
	return all
}

func (k kind) fields() set {
	fields := setOf(slices.Collect(maps.Keys(k.Properties))...)
	delete(fields, "log.level")
	return fields
}

func (k kind) levels() []string {
	level := k.Properties["log.level"]
	if level.Const != "" {
		return []string{level.Const}
	}
	return level.Enum
}
