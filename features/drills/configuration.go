package drills

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"
)

// tree is a YAML document of which few fields matter.
type tree = map[string]any

// Prometheus compresses Prometheus's configuration and fits it to a drill: what is scraped is at the addresses of the drill's
// own services (by the names that compose has for them), alerts go to its own Alertmanager, rules come from the folder.
func (c Compression) Prometheus(content []byte, at map[string][]string, alertmanager, rules string) ([]byte, error) {
	var config tree
	if err := yaml.Unmarshal(content, &config); err != nil {
		return nil, err
	}
	global, _ := config["global"].(tree)
	for _, key := range []string{"scrape_interval", "evaluation_interval"} {
		if global[key] == nil {
			global[key] = "1m" // as Prometheus would say
		}
	}
	if err := c.intervals(config); err != nil {
		return nil, err
	}
	jobs, _ := config["scrape_configs"].([]any)
	config["scrape_configs"] = slices.DeleteFunc(jobs, func(job any) bool { return !retarget(job.(tree), at) })
	config["rule_files"] = []string{rules + "/*.yml"}
	config["alerting"] = tree{"alertmanagers": []tree{{"static_configs": []tree{{"targets": []string{alertmanager}}}}}}
	return yaml.Marshal(config)
}

// retarget reports whether the job has something to scrape in a drill. What is found by DNS there is fixed here.
func retarget(job tree, at map[string][]string) bool {
	if found, _ := job["dns_sd_configs"].([]any); found != nil {
		delete(job, "dns_sd_configs")
		job["static_configs"] = []any{tree{"targets": found[0].(tree)["names"]}}
	}
	var found bool
	statics, _ := job["static_configs"].([]any)
	for _, one := range statics {
		static := one.(tree)
		var targets []string
		for _, target := range static["targets"].([]any) {
			name, _, _ := strings.Cut(target.(string), ":")
			targets = append(targets, at[name]...)
		}
		static["targets"] = targets
		found = found || len(targets) > 0
	}
	return found
}

// Alertmanager compresses Alertmanager's configuration; what it would send goes to the webhook instead, which learns from the
// path whom it was for.
func (c Compression) Alertmanager(content []byte, webhook string) ([]byte, error) {
	var config tree
	if err := yaml.Unmarshal(content, &config); err != nil {
		return nil, err
	}
	if err := c.intervals(config); err != nil {
		return nil, err
	}
	receivers, _ := config["receivers"].([]any)
	for i, one := range receivers {
		receiver := one.(tree)
		name, sends := receiver["name"].(string), len(receiver) > 1
		receivers[i] = tree{"name": name}
		if sends {
			receivers[i] = tree{"name": name, "webhook_configs": []tree{{"url": webhook + "/" + name, "send_resolved": true}}}
		}
	}
	return yaml.Marshal(config)
}

// durations are the fields of both configurations that hold one, and the shortest that it may become.
func durations() map[string]time.Duration {
	return map[string]time.Duration{
		"scrape_interval": shortestScrape, "evaluation_interval": 0, "rule_query_offset": 0, "resolve_timeout": 0,
		"group_wait": 0, "group_interval": 0, "repeat_interval": 0,
	}
}

// intervals compresses all durations below the node.
func (c Compression) intervals(node any) error {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			if err := c.intervals(child); err != nil {
				return err
			}
		}
	case tree:
		for _, key := range slices.Sorted(maps.Keys(n)) {
			if err := c.field(n, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c Compression) field(n tree, key string) error {
	if key == "scrape_timeout" {
		delete(n, key) // its default is no longer than the interval
		return nil
	}
	shortest, isDuration := durations()[key]
	if !isDuration {
		return c.intervals(n[key])
	}
	parsed, err := model.ParseDuration(fmt.Sprint(n[key]))
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	n[key] = model.Duration(max(c.Duration(time.Duration(parsed)), shortest)).String()
	return nil
}
