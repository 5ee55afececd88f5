package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// repository is the address of the files on the web, as links have it.
const repository = "https://github.com/myevents/myevents/blob/main/"

// places are what links lead to.
type places struct {
	root       string // of the repository
	dashboards []dashboard
	sources    []dataSource
	hosts      []string // that compose.yaml has, with the ports it publishes on this machine
	fields     []string // of log lines
	dataViews  []string // ids in Kibana
}

// dataSource is one that Grafana is provisioned with.
type dataSource struct {
	UID, Type, URL string
	JSONData       struct {
		AlertmanagerUID             string `yaml:"alertmanagerUid"`
		ExemplarTraceIDDestinations []struct {
			DatasourceUID string `yaml:"datasourceUid"`
		} `yaml:"exemplarTraceIdDestinations"`
		DataLinks []struct {
			DatasourceUID string `yaml:"datasourceUid"`
		} `yaml:"dataLinks"`
	} `yaml:"jsonData"`
}

// readPlaces looks around in the repository.
func readPlaces(root string) (p places, err error) {
	p.root = root
	if p.dashboards, err = readDashboards(filepath.Join(root, "observability/grafana/dashboards")); err != nil {
		return p, err
	}
	var provisioned struct{ Datasources []dataSource }
	var compose struct {
		Services map[string]struct{ Ports []string }
	}
	err = errors.Join(
		readYAML(filepath.Join(root, "observability/grafana/provisioning/datasources/datasources.yml"), &provisioned),
		readYAML(filepath.Join(root, "compose.yaml"), &compose),
	)
	p.sources = provisioned.Datasources
	for name, s := range compose.Services {
		p.hosts = append(p.hosts, name)
		for _, port := range s.Ports { // 127.0.0.1:3000:3000
			p.hosts = append(p.hosts, "localhost:"+strings.Split(port, ":")[1])
		}
	}
	schema, schemaErr := os.ReadFile(filepath.Join(root, "contracts/logs/line.schema.json"))
	for _, match := range regexp.MustCompile(`"([@a-z_]+(?:\.[a-z_]+)*)": \{`).FindAllStringSubmatch(string(schema), -1) {
		p.fields = append(p.fields, match[1])
	}
	objects, objectsErr := os.ReadFile(filepath.Join(root, "observability/kibana/saved-objects.ndjson"))
	for line := range strings.Lines(string(objects)) {
		var o struct{ Type, ID string }
		objectsErr = errors.Join(objectsErr, json.Unmarshal([]byte(line), &o))
		if o.Type == "index-pattern" {
			p.dataViews = append(p.dataViews, o.ID)
		}
	}
	return p, errors.Join(err, schemaErr, objectsErr)
}

func readYAML(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

// link checks that a link of a dashboard leads somewhere.
func (p places) link(l link, from dashboard) error {
	address := regexp.MustCompile(`\$\{__[a-z_.:]+\}`).ReplaceAllString(l.URL, "x") // time ranges and labels
	for _, v := range from.Templating.List {
		address = strings.ReplaceAll(address, "${"+v.Name+"}", "x")
	}
	u, err := url.Parse(address)
	switch {
	case l.Title == "":
		return fmt.Errorf("the link %s has no title", l.URL)
	case err != nil:
		return err
	case strings.Contains(address, "${"):
		return fmt.Errorf("the link %s has a variable that the dashboard does not have", l.URL)
	case strings.HasPrefix(address, repository):
		return p.file(strings.TrimPrefix(address, repository))
	case u.Host == "":
		return p.dashboard(u)
	case !slices.Contains(p.hosts, u.Host):
		return fmt.Errorf("nothing in compose.yaml answers the link %s", l.URL)
	case strings.HasPrefix(u.Path, "/app/discover"):
		return p.discover(address)
	}
	return nil
}

// file checks that a file is there and, if the path has an anchor, that a heading of it has that.
func (p places) file(path string) error {
	name, anchor, _ := strings.Cut(path, "#")
	text, err := os.ReadFile(filepath.Join(p.root, name))
	if err != nil || anchor == "" {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if heading := strings.TrimLeft(line, "#"); heading != line && anchorOf(heading) == anchor {
			return nil
		}
	}
	return fmt.Errorf("%s has no heading #%s", name, anchor)
}

// anchorOf returns the anchor that GitHub gives a heading.
func anchorOf(heading string) string {
	plain := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
	return strings.ReplaceAll(plain, " ", "-")
}

// dashboard checks a link such as /d/service?var-service=booking.
func (p places) dashboard(u *url.URL) error {
	uid := strings.TrimPrefix(u.Path, "/d/")
	i := slices.IndexFunc(p.dashboards, func(d dashboard) bool { return d.UID == uid })
	if i < 0 {
		return fmt.Errorf("there is no dashboard %s", u.Path)
	}
	for name := range u.Query() {
		v, isVariable := strings.CutPrefix(name, "var-")
		if isVariable && !slices.ContainsFunc(p.dashboards[i].Templating.List, func(d variable) bool { return d.Name == v }) {
			return fmt.Errorf("the dashboard %s has no variable %q", uid, v)
		}
	}
	return nil
}

// discover checks a search in Kibana: the data view, and the names of the fields.
func (p places) discover(address string) error {
	text, err := url.PathUnescape(address)
	if err != nil {
		return err
	}
	view := regexp.MustCompile(`dataViewId:'([^']+)'`).FindStringSubmatch(text)
	query := regexp.MustCompile(`language:lucene,query:'((?:[^'!]|!.)+)'`).FindStringSubmatch(text)
	if view == nil || query == nil {
		return fmt.Errorf("%s is no search in Lucene's language", text)
	}
	if !slices.Contains(p.dataViews, view[1]) {
		return fmt.Errorf("no data view %q is in Kibana", view[1])
	}
	quoted := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(query[1], "x")
	for _, field := range regexp.MustCompile(`([@\w.]+):`).FindAllStringSubmatch(quoted, -1) {
		if !slices.Contains(p.fields, field[1]) {
			return fmt.Errorf("log lines have no field %q", field[1])
		}
	}
	return nil
}

// source checks that Grafana is provisioned with a data source.
func (p places) source(s source) error {
	if !slices.ContainsFunc(p.sources, func(d dataSource) bool { return d.UID == s.UID && d.Type == s.Type }) {
		return fmt.Errorf("there is no data source %s of the type %s", s.UID, s.Type)
	}
	return nil
}

// dataSources checks those themselves: each is a container, and what it leads to is another one.
func (p places) dataSources() error {
	var failures []error
	for _, s := range p.sources {
		u, err := url.Parse(s.URL)
		if err != nil || !slices.Contains(p.hosts, u.Hostname()) {
			failures = append(failures, fmt.Errorf("the data source %s is at %s, which compose.yaml does not have", s.UID, s.URL))
		}
		for _, d := range slices.Concat(s.JSONData.ExemplarTraceIDDestinations, s.JSONData.DataLinks) {
			failures = append(failures, p.source(source{UID: d.DatasourceUID, Type: "zipkin"}))
		}
		if uid := s.JSONData.AlertmanagerUID; uid != "" {
			failures = append(failures, p.source(source{UID: uid, Type: "alertmanager"}))
		}
	}
	return errors.Join(failures...)
}
