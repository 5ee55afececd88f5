package operations

import (
	"fmt"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// Repository is the address of the files on the web, as links have it.
const Repository = "https://github.com/myevents/myevents/blob/main/"

// Alert is an alerting rule of Prometheus.
type Alert struct {
	Name        string `yaml:"alert"`
	Labels      map[string]string
	Annotations map[string]string
}

// Severity is how urgent it is; a name may have one rule for each.
func (a Alert) Severity() string { return a.Labels["severity"] }

// ReadAlerts returns the alerting rules of the folder observability, in the order of the files.
func ReadAlerts(observability string) (all []Alert, err error) {
	files, err := filepath.Glob(filepath.Join(observability, "prometheus", "rules", "*.yml"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		var rules struct{ Groups []struct{ Rules []Alert } }
		if err := readYAML(file, &rules); err != nil {
			return nil, err
		}
		for _, group := range rules.Groups {
			for _, rule := range group.Rules {
				if rule.Name != "" { // others record
					all = append(all, rule)
				}
			}
		}
	}
	return all, nil
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
