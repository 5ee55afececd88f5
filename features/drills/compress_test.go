package drills_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/myevents/myevents/features/drills"
)

func TestQueriesAreCompressedInTimeAlone(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		`rate(x[5m])`:                                 `rate(x[5s])`,
		`rate(x{le="0.25"}[1h] offset 2h) > 0.1`:      `rate(x{le="0.25"}[1m] offset 2m) > 0.1`,
		`rate(x[5m] offset -1h)`:                      `rate(x[5s] offset -1m)`,
		`max_over_time(rate(x[5m])[1d:1m] offset 1h)`: `max_over_time(rate(x[5s])[24m:1s] offset 1m)`,
		`time() - x > 2m`:                             `time() - x > 2`,
		`time() - x > 10m < 2h`:                       `time() - x > 10 < 120`,
		`sum_over_time(x[1h]) * 30s > 10`:             `sum_over_time(x[1m]) * 0.5 > 10`,
		`a + on (service) b > 120`:                    `a + on (service) b > 120`,
		`x[30s]`:                                      `x[500ms]`,
	} {
		got, err := drills.Compression(60).Query(query)
		require.NoError(t, err, query)
		require.Equal(t, want, got, query)
	}
	_, err := drills.Compression(60).Query("rate(")
	require.Error(t, err)
}

// TestEveryRuleIsCompressed compares what comes of the real rules with them: nothing but time is different.
func TestEveryRuleIsCompressed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, "observability/prometheus/rules/*.yml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		short, err := drills.Compression(60).Rules(content)
		require.NoError(t, err, file)
		deployed, fast := parse(t, content), parse(t, short)
		require.Len(t, fast.Groups, len(deployed.Groups))
		for i, group := range deployed.Groups {
			require.Equal(t, group.Interval, 60*fast.Groups[i].Interval, group.Name)
			for j, rule := range group.Rules {
				r := fast.Groups[i].Rules[j]
				require.Equal(t, rule.For, 60*r.For, rule.Alert)
				require.Equal(t, rule.KeepFiringFor, 60*r.KeepFiringFor, rule.Alert)
				r.For, r.KeepFiringFor, r.Expr = rule.For, rule.KeepFiringFor, rule.Expr
				require.Equal(t, rule, r)
			}
		}
	}
}

func parse(t *testing.T, content []byte) *rulefmt.RuleGroups {
	t.Helper()
	groups, errs := rulefmt.Parse(content, false, model.UTF8Validation, parser.NewParser(parser.Options{}), nil)
	require.Empty(t, errs)
	return groups
}

func TestConfigurationsAreFittedToADrill(t *testing.T) {
	t.Parallel()
	prometheus, err := drills.Compression(60).Prometheus([]byte(`
global: {scrape_interval: 5s, scrape_timeout: 4s}
scrape_configs:
  - {job_name: myevents, static_configs: [{targets: ["booking:9100", "search:9100"]}]}
  - {job_name: filebeat, metrics_path: /probe, dns_sd_configs: [{names: [filebeat-metrics], type: A, port: 7979}]}
  - {job_name: elsewhere, dns_sd_configs: [{names: [elsewhere]}]}
`), map[string][]string{"booking": {"127.0.0.1:1", "127.0.0.1:2"}, "filebeat-metrics": {"127.0.0.1:5"}}, "127.0.0.1:3", "/rules")
	require.NoError(t, err)
	requireYAML(t, `
global: {scrape_interval: 500ms, evaluation_interval: 1s}
scrape_configs:
  - {job_name: myevents, static_configs: [{targets: ["127.0.0.1:1", "127.0.0.1:2"]}]}
  - {job_name: filebeat, metrics_path: /probe, static_configs: [{targets: ["127.0.0.1:5"]}]}
rule_files: [/rules/*.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:3"]}]}]}
`, prometheus)

	alertmanager, err := drills.Compression(60).Alertmanager([]byte(`
route: {receiver: pager, group_wait: 30s, routes: [{matchers: [a="b"], receiver: nobody, repeat_interval: 1d}]}
inhibit_rules: [{source_matchers: [a="b"], target_matchers: [c="d"], equal: [service]}]
receivers: [{name: pager, webhook_configs: [{url_file: /url}]}, {name: nobody}]
`), "http://127.0.0.1:4")
	require.NoError(t, err)
	requireYAML(t, `
route: {receiver: pager, group_wait: 500ms, routes: [{matchers: [a="b"], receiver: nobody, repeat_interval: 24m}]}
inhibit_rules: [{source_matchers: [a="b"], target_matchers: [c="d"], equal: [service]}]
receivers: [{name: pager, webhook_configs: [{url: http://127.0.0.1:4/pager, send_resolved: true}]}, {name: nobody}]
`, alertmanager)
}

func requireYAML(t *testing.T, want string, got []byte) {
	t.Helper()
	var a, b any
	require.NoError(t, yaml.Unmarshal([]byte(want), &a))
	require.NoError(t, yaml.Unmarshal(got, &b))
	require.Equal(t, a, b)
}
