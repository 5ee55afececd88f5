package compose_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/features/doors"
	"github.com/myevents/myevents/features/operations"
	"github.com/myevents/myevents/observability/grafana/dashboards"
)

// aliveWithin is how long after `make up` every dashboard shows something.
const aliveWithin = 2 * time.Minute

// requireDashboardsAlive expects a value of every query of every panel, for one service at least, from the Prometheus at the address.
// Queries about faults, which name a drill, need not have one, nor those about log shipping, which is in a profile, and HTTPS.
func requireDashboardsAlive(t *testing.T, prometheus string) {
	t.Helper()
	began := time.Now()
	boards, err := operations.ReadDashboards(root + "/observability")
	require.NoError(t, err)
	metrics := doors.NewPrometheus(prometheus)
	defer metrics.Close()
	quiet := quietQueries()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		var dead []string
		for _, board := range boards {
			for _, p := range board.Panels {
				for _, target := range p.Targets {
					name := fmt.Sprintf("%s / %s %s", board.Title, p.Title, target.RefID)
					if !slices.Contains(quiet, name) && !shows(t, metrics, target.Expr) {
						dead = append(dead, name)
					}
				}
			}
		}
		require.Empty(c, dead)
	}, aliveWithin, time.Second)
	t.Logf("every dashboard was alive after %s", time.Since(began).Round(time.Second))
}

// quietQueries returns those that show nothing while all is well, or nothing without log shipping and HTTPS.
func quietQueries() (names []string) {
	for _, d := range dashboards.All() {
		for _, p := range d.Panels {
			for i, q := range p.Queries {
				elsewhere := strings.Contains(q.PromQL, "log_shipper_") || strings.Contains(q.PromQL, "certificate_expiry")
				if q.Drill != "" || elsewhere {
					names = append(names, fmt.Sprintf("%s / %s %c", d.Title, p.Title, 'A'+i))
				}
			}
		}
	}
	return names
}

// shows reports whether the query had a number lately, as a graph shows it, for one of the services.
func shows(t *testing.T, metrics *doors.Prometheus, query string) bool {
	t.Helper()
	for _, service := range []string{"gateway", "booking"} {
		filled := operations.Fill(query, map[string]string{
			"service": service, "__rate_interval": "1m", "__interval": "15s", "__range": "1h",
		})
		samples, err := metrics.Query(t.Context(), fmt.Sprintf("last_over_time((%s)[2m:5s])", filled), time.Time{})
		require.NoError(t, err, query)
		if slices.ContainsFunc(samples, func(s doors.Sample) bool { return !math.IsNaN(s.Value) }) {
			return true
		}
	}
	return false
}
