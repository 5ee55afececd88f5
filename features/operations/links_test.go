package operations_test

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/operations"
)

// places are what links lead to.
type places struct {
	ports      map[string]string // of this machine, by what compose.yaml publishes there
	dashboards []string          // uids
	searches   []string          // ids
	services   []string          // that have spans
	attributes []string          // of spans
}

func readPlaces(t *testing.T) places {
	t.Helper()
	p := places{ports: map[string]string{}, services: []string{"booking", "event", "gateway", "identity", "search"}}
	for name, ports := range services(t) {
		for _, port := range ports {
			p.ports[port] = name
		}
	}
	for _, d := range dashboards(t) {
		p.dashboards = append(p.dashboards, d.UID)
	}
	_, page, _ := strings.Cut(string(read(t, root+"/docs/telemetry.md")), "\n### Attributes\n")
	page, _, _ = strings.Cut(page, "\n## ")
	for _, match := range regexp.MustCompile("(?m)^\\| `([a-z._]+)` \\|").FindAllStringSubmatch(page, -1) {
		p.attributes = append(p.attributes, match[1])
	}
	for _, s := range savedObjects(t).Searches {
		p.searches = append(p.searches, s.ID)
	}
	return p
}

// TestLinksLeadSomewhere follows those of all pages that operators read, also those in plain text, and the links in Kibana.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	p := readPlaces(t)
	plain := regexp.MustCompile("https?://[^\\s)'`|]+")
	for _, page := range pages(t, observability+"/*.md", observability+"/*/*.md", root+"/docs/operations.md") {
		for _, l := range page.Links() {
			p.require(t, page.File, l.Target)
		}
		for _, line := range page.Lines {
			for _, address := range plain.FindAllString(line, -1) {
				p.require(t, page.File, strings.TrimRight(address, ".,:"))
			}
		}
	}
	for field, format := range savedObjects(t).DataView.Formats {
		if address, is := format.Params["urlTemplate"].(string); is {
			p.require(t, "the format of "+field, strings.ReplaceAll(address, "{{value}}", "x"))
		}
	}
}

// require expects the target of a link in a file to exist.
func (p places) require(t *testing.T, file, target string) {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err, file)
	switch {
	case u.Host == "":
		requireFile(t, file, u)
	case u.Hostname() == "localhost":
		require.Contains(t, p.ports, u.Port(), "%s: nothing in compose.yaml answers %s", file, target)
		p.requirePage(t, file, p.ports[u.Port()], u)
	}
}

// requirePage expects a server to have the page. Of those without pages of their own it takes any path.
func (p places) requirePage(t *testing.T, file, server string, u *url.URL) {
	t.Helper()
	switch server {
	case "grafana":
		uid, found := strings.CutPrefix(u.Path, "/d/")
		require.True(t, u.Path == "" || found && slices.Contains(p.dashboards, uid), "%s: there is no dashboard %s", file, u)
	case "kibana":
		id, found := strings.CutPrefix(u.Fragment, "/view/")
		require.True(t, u.Path == "" || u.Path == "/app/discover" && found && slices.Contains(p.searches, id),
			"%s: there is no saved search %s", file, u)
	case "zipkin":
		p.requireTraces(t, file, u)
	}
}

func (p places) requireTraces(t *testing.T, file string, u *url.URL) {
	t.Helper()
	switch u.Path {
	case operations.ZipkinPage:
		query, err := operations.ZipkinQuery(u)
		require.NoError(t, err, file)
		for _, name := range []string{"serviceName", "remoteServiceName"} {
			if query.Has(name) {
				require.Contains(t, p.services, query.Get(name), "%s: %s", file, u)
			}
		}
		tag, _, _ := strings.Cut(query.Get("annotationQuery"), "=")
		if tag != "" && tag != "error" { // which is Zipkin's own
			require.True(t, slices.Contains(p.attributes, tag), "%s: no span has the attribute %s", file, tag)
		}
	case operations.ZipkinPage + "dependency":
		require.NotEmpty(t, u.Query().Get("startTime"), file)
		require.NotEmpty(t, u.Query().Get("endTime"), file)
	default:
		require.Regexp(t, `^(/zipkin/traces/\w+)?$`, u.Path, file)
	}
}

// requireFile expects the file to be there and, where there is an anchor, its heading.
func requireFile(t *testing.T, from string, u *url.URL) {
	t.Helper()
	name := from
	if u.Path != "" {
		name = filepath.Join(filepath.Dir(from), u.Path)
	}
	require.NoError(t, operations.CheckHeading(name, u.Fragment), from)
}
