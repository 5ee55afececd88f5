// Package filebeat_test compares the metrics of the log shipper with their documentation.
package filebeat_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	var config struct {
		Modules map[string]struct {
			Metrics []struct {
				Name      string
				ValueType string `yaml:"valuetype"`
			}
		}
	}
	content, err := os.ReadFile("metrics.yml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(content, &config))
	var told []string
	for _, m := range config.Modules["default"].Metrics {
		told = append(told, m.Name+" "+m.ValueType)
	}

	page, err := os.ReadFile("../../docs/telemetry.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(page), "| Metric of the log shipper |")
	table, _, _ = strings.Cut(table, "\n\n")
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(.+?)` \\| (.+?) \\|").FindAllStringSubmatch(table, -1) {
		documented = append(documented, row[1]+" "+row[2])
	}
	require.Equal(t, slices.Sorted(slices.Values(documented)), slices.Sorted(slices.Values(told)))
	require.NotEmpty(t, told)
}
