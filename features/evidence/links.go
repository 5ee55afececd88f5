package evidence

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/myevents/myevents/features/operations"
)

// places are what links lead to.
type places struct {
	root       string // of the repository
	dashboards []operations.Dashboard
	sources    []dataSource
	hosts      []string // that compose.yaml has, with the ports it publishes on this machine
	fields     []string // of log lines
	dataView   string   // its id in Kibana
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
	if p.dashboards, err = operations.ReadDashboards(filepath.Join(root, "observability")); err != nil {
		return p, err
	}
	if p.sources, err = readSources(filepath.Join(root, "observability/grafana/provisioning/datasources/datasources.yml")); err != nil {
		return p, err
	}
	services, err := operations.PublishedPorts(filepath.Join(root, "compose.yaml"))
	for name, ports := range services {
		p.hosts = append(p.hosts, name)
		for _, port := range ports {
			p.hosts = append(p.hosts, "localhost:"+port)
		}
	}
	schema, schemaErr := os.ReadFile(filepath.Join(root, "contracts/logs/line.schema.json"))
	p.fields = operations.LineFields(schema)
	lines, linesErr := os.ReadFile(filepath.Join(root, "observability/kibana/saved-objects.ndjson"))
	objects, objectsErr := operations.ReadSavedObjects(lines)
	p.dataView = objects.DataView.ID
	return p, errors.Join(err, schemaErr, linesErr, objectsErr)
}

func readSources(file string) ([]dataSource, error) {
	var provisioned struct{ Datasources []dataSource }
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(text, &provisioned)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return provisioned.Datasources, nil
}

// link checks that a link of a dashboard leads somewhere.
func (p places) link(l operations.PanelLink, from operations.Dashboard) error {
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
	case strings.HasPrefix(address, operations.Repository):
		return p.file(strings.TrimPrefix(address, operations.Repository))
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
	return operations.CheckHeading(filepath.Join(p.root, name), anchor)
}

// dashboard checks a link such as /d/service?var-service=booking.
func (p places) dashboard(u *url.URL) error {
	uid := strings.TrimPrefix(u.Path, "/d/")
	i := slices.IndexFunc(p.dashboards, func(d operations.Dashboard) bool { return d.UID == uid })
	if i < 0 {
		return fmt.Errorf("there is no dashboard %s", u.Path)
	}
	for name := range u.Query() {
		v, isVariable := strings.CutPrefix(name, "var-")
		if isVariable && !slices.ContainsFunc(p.dashboards[i].Templating.List, func(d operations.Variable) bool { return d.Name == v }) {
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
	if view[1] != p.dataView {
		return fmt.Errorf("no data view %q is in Kibana", view[1])
	}
	return operations.CheckFields(query[1], p.fields)
}

// source checks that Grafana is provisioned with a data source.
func (p places) source(s operations.DataSource) error {
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
			failures = append(failures, p.source(operations.DataSource{UID: d.DatasourceUID, Type: "zipkin"}))
		}
		if uid := s.JSONData.AlertmanagerUID; uid != "" {
			failures = append(failures, p.source(operations.DataSource{UID: uid, Type: "alertmanager"}))
		}
	}
	return errors.Join(failures...)
}
