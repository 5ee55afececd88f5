package operations_test

import (
	"bytes"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/allinone/command"
	"github.com/myevents/myevents/features/operations"
)

// What every runbook answers, in this order.
const (
	customers = "What customers notice"
	looks     = "First three looks"
	causes    = "Causes seen in drills"
	bleeding  = "Stop the bleeding"
	over      = "It is over when"
)

func TestEveryAlertHasARunbookAndEveryRunbookAnAlert(t *testing.T) {
	t.Parallel()
	var names []string
	for _, r := range runbooks(t) {
		names = append(names, r.Name())
	}
	all := alerts(t)
	require.Equal(t, slices.Sorted(maps.Keys(all)), names)
	for name, raised := range all {
		for _, a := range raised {
			require.Equal(t, operations.Repository+"observability/runbooks/"+name+".md", a.Annotations["runbook_url"])
		}
	}
}

func TestRunbooksAreAllOfOneForm(t *testing.T) {
	t.Parallel()
	all := alerts(t)
	for _, r := range runbooks(t) {
		require.Equal(t, []string{r.Name()}, r.Headings(1), r.File)
		require.Equal(t, []string{customers, looks, causes, bleeding, over}, r.Headings(2), r.File)
		require.LessOrEqual(t, len(r.Lines), 80, "%s is no page", r.File)
		require.Len(t, r.Section(looks).Items(`\d\.`), 3, r.File)
		require.NotEmpty(t, r.Section(looks).Blocks(), "%s: at least one look is a query", r.File)
		require.NotEmpty(t, r.Section(causes).Items("-"), r.File)
		require.NotEmpty(t, r.Section(bleeding).Items("-"), r.File)
		end := r.Section(over).Blocks()
		require.Len(t, end, 1, r.File)
		require.Equal(t, "promql", end[0].Language, r.File)
		dashboard := r.Links()[0]
		require.Contains(t, panels(t, dashboard.Target), dashboard.Text, r.File)
		for _, a := range all[r.Name()] {
			require.Equal(t, "http://localhost:3000"+a.Annotations["dashboard"], dashboard.Target, r.File)
		}
	}
}

// panels returns those of the dashboard at an address, as "Dashboard / Panel".
func panels(t *testing.T, address string) (names []string) {
	t.Helper()
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			if d.UID == path.Base(address) {
				names = append(names, d.Title+" / "+p.Title)
			}
		}
	}
	return names
}

func TestQueriesOfRunbooksNameFieldsThatExist(t *testing.T) {
	t.Parallel()
	known := fields(t)
	for _, r := range runbooks(t) {
		for _, b := range r.Blocks() {
			require.Contains(t, []string{"promql", "lucene", "sh"}, b.Language, "%s: nobody runs the block %q", r.File, b.Text)
		}
		for _, query := range r.Queries("lucene") {
			require.NoError(t, operations.CheckFields(query, known), r.File)
		}
	}
}

// TestDrillsThatRunbooksNameExist looks for the tag that `make drill NAME=` asks for.
func TestDrillsThatRunbooksNameExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/features/drills/*.feature")
	require.NoError(t, err)
	var features strings.Builder
	for _, file := range files {
		features.Write(read(t, file))
	}
	for _, r := range runbooks(t) {
		named := regexp.MustCompile("`make drill NAME=([a-z-]+)`").FindAllStringSubmatch(strings.Join(r.Section(causes).Lines, "\n"), -1)
		for _, match := range named {
			require.Regexp(t, `(?m)^\s*(@\S+ )*@`+match[1]+`\b`, features.String(), "%s: there is no such drill", r.File)
		}
	}
}

// TestCommandsOfRunbooksExist asks our own for their help, and looks for the containers of the others in compose.yaml.
func TestCommandsOfRunbooksExist(t *testing.T) {
	t.Parallel()
	known := services(t)
	for _, page := range append(runbooks(t), pages(t, root+"/docs/operations.md")...) {
		for _, b := range page.Blocks() {
			if b.Language != "sh" {
				continue
			}
			for line := range strings.Lines(b.Text) {
				line, _, _ = strings.Cut(line, " | ")
				words := strings.Fields(line)
				words = slices.DeleteFunc(words, func(w string) bool { return regexp.MustCompile(`^[A-Z_]+=\S+$`).MatchString(w) })
				if len(words) > 2 && words[0] == "docker" && words[1] == "compose" {
					requireCompose(t, page.File, words[2:], known)
				} else if len(words) > 0 && words[0] == "myevents" {
					requireCommand(t, page.File, words[1:])
				}
			}
		}
	}
}

// requireCompose expects the words behind docker compose to name containers that there are.
func requireCompose(t *testing.T, file string, words []string, known map[string][]string) {
	t.Helper()
	verbs := map[string]bool{ // true: what follows the first container is its own affair
		"up": false, "start": false, "stop": false, "restart": false, "ps": false, "logs": false, "exec": true, "run": true,
	}
	own, exists := verbs[words[0]]
	require.True(t, exists, "%s: docker compose %s", file, words[0])
	values := []string{"--since", "--tail"} // options with a value
	for i, word := range words[1:] {
		if strings.HasPrefix(word, "-") || slices.Contains(values, words[i]) {
			continue
		}
		require.Contains(t, known, word, "%s: docker compose %s", file, strings.Join(words, " "))
		if own {
			return
		}
	}
}

// requireCommand expects myevents to know the command.
func requireCommand(t *testing.T, file string, words []string) {
	t.Helper()
	var help, problem bytes.Buffer
	nothing := func(string) string { return "" }
	status := command.Run(t.Context(), append(words, "--help"), nothing, &help, &problem)
	require.Zero(t, status, "%s: myevents %s: %s", file, strings.Join(words, " "), problem.String())
	want := regexp.QuoteMeta(words[0])
	if words[0] == "dlq" {
		want += " " + regexp.QuoteMeta(words[1])
	}
	require.Regexp(t, "^Usage: myevents "+want+`\b`, help.String(), file)
}
